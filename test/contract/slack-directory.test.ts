import { LogLevel, webApi } from "@slack/bolt";
import { expect, test } from "vitest";
import { clientOptions } from "../../bot/slack/client.ts";
import { directory } from "../../bot/slack/directory.ts";
import { SECRETS, startWorkspace, type TestWorkspace } from "./slack-fixture.ts";

const quiet = () => {};
const logger = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
  setLevel: quiet,
  getLevel: () => LogLevel.ERROR,
  setName: quiet,
};

const clientTo = ({ standIn }: TestWorkspace) =>
  new webApi.WebClient(SECRETS.botToken, clientOptions({ apiUrl: `${standIn.url}/api/`, logger }));

test("a group that is no more has no members, and keeps nobody of another one from deciding", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  const groupsOf = directory(clientTo(workspace), ["S0GONE", "S0PLATFORM"], Date.now);
  expect([await groupsOf("U0BEN"), await groupsOf("U0ANA")]).toEqual([["S0PLATFORM"], []]);
});

test("who is in one is asked anew five seconds later, also where the clock was put back", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  let now = 1_000_000;
  const groupsOf = directory(clientTo(workspace), ["S0PLATFORM"], () => now);
  const asked = () => workspace.standIn.workspace.feed.calls.length;
  const counts: number[] = [];
  for (const step of [0, 4_999, 1, -86_400_000]) {
    now += step;
    await groupsOf("U0BEN");
    counts.push(asked());
  }
  expect(counts).toEqual([1, 1, 2, 3]);
});

test("where Slack does not say who is in one, nobody is taken for a member", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  await workspace.act("/fault", { kind: "error", method: "usergroups.users.list", error: "internal_error" });
  const groupsOf = directory(clientTo(workspace), ["S0PLATFORM"], Date.now);
  await expect(groupsOf("U0BEN")).rejects.toMatchObject({ code: "directory-unavailable" });
  expect(await groupsOf("U0BEN")).toEqual(["S0PLATFORM"]);
});
