import { loadImage } from "@napi-rs/canvas";
import { expect, onTestFinished, test } from "vitest";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import { runPicture } from "../../bot/operations/run-picture.ts";
import { anExpiryWorld, day, leaf } from "../support/expiry-world.ts";
import { t0 } from "../support/renewal-fixtures.ts";
import { SECRETS, until } from "./slack-fixture.ts";

const plan = { cron: "0 9 * * 1", timezone: "Europe/Madrid", channel: "C0CERTS", theme: "dark" } as const;

async function atItsTime(start = t0) {
  const world = await anExpiryWorld();
  world.time.now = start;
  const slack = await world.slack();
  onTestFinished(() => slack[Symbol.asyncDispose]());
  const kept = schedules(world.store.db.withTables());
  await world.serve(leaf("ending", 5), "service-a/a-1", "service-a/a-2");
  await world.serve(leaf("fine", 80, { names: ["service-b.example.com"] }), "service-b/b-1");
  await world.serve(leaf("silent", 60, { names: ["service-b.example.com"] }), "service-b/b-2");
  await world.silence("service-b/b-2");
  const run = () =>
    runPicture(
      { ...world.needs(), schedules: kept, nextAfter: (now) => now + 7 * day },
      { ...plan, thresholds: world.thresholds },
      { ...world.estate, ground: [] },
    );
  await run();
  world.time.now = start + 7 * day;
  for (const id of ["service-a/a-1", "service-a/a-2"]) await world.serve(leaf("next", 9), id);
  await world.serve(leaf("fine", 80, { names: ["service-b.example.com"] }), "service-b/b-1");
  await world.silence("service-b/b-2");
  return { world, slack, run };
}

test("the picture of what ends is drawn, uploaded and shown, with the same in words", async () => {
  const { slack, run } = await atItsTime();
  expect(await run()).toBe(true);
  expect(await run()).toBe(false);
  const message = await slack.posted(/slack_file/);
  expect(message.text).toContain("0 expired, 2 near their end, 1 not reached, 1 fine. The first to end: service-a/a-1");
  const picture = message.blocks.find(({ type }) => type === "image");
  const id = picture?.type === "image" && picture.slack_file && "id" in picture.slack_file ? picture.slack_file.id : "";
  const headers = { authorization: `Bearer ${SECRETS.consoleToken}` };
  const file = await fetch(`${slack.workspace.standIn.url}/workspace/files/${id}`, { headers });
  expect(file.headers.get("content-type")).toBe("image/png");
  const drawn = await loadImage(Buffer.from(await file.arrayBuffer()));
  expect([drawn.width, drawn.height > 500]).toEqual([2_160, true]);
});

test("an answer of Slack's that was lost leads to no second picture", async () => {
  // What was posted is looked for by the time at which it was.
  const { world, slack, run } = await atItsTime(Date.now() - 7 * day);
  await slack.workspace.act("/fault", { method: "chat.postMessage", kind: "lose_answer", times: 1 });
  await run();
  await slack.posted(/slack_file/);
  world.time.now += 60_000;
  await until(async () => (await world.store.outbox.waiting()).count === 0);
  const shown = (await slack.workspace.messages("C0CERTS")).filter((one) => JSON.stringify(one).includes("slack_file"));
  expect(shown).toHaveLength(1);
});
