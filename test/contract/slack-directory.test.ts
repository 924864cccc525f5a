import { expect, test } from "vitest";
import { slackClient } from "../../bot/slack/client.ts";
import { directory } from "../../bot/slack/directory.ts";
import { SECRETS, silent, startWorkspace, type TestWorkspace } from "./slack-fixture.ts";

const clientTo = ({ standIn }: TestWorkspace) =>
  slackClient(SECRETS.botToken, { apiUrl: `${standIn.url}/api/`, logger: silent });

const calls = ({ standIn }: TestWorkspace) => standIn.workspace.feed.calls.length;

test("a group that is no more has no members, and keeps nobody of another one from deciding", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  const { now: groupsOf } = directory(clientTo(workspace), Date.now);
  const both = ["S0GONE", "S0PLATFORM"];
  expect([await groupsOf("U0BEN", both), await groupsOf("U0ANA", both)]).toEqual([["S0PLATFORM"], []]);
});

test("who is in one is asked anew five seconds later, also where the clock was put back; to show it, a minute later", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  let now = 1_000_000;
  const groups = directory(clientTo(workspace), () => now);
  const counts: number[] = [];
  for (const step of [0, 4_999, 1, -86_400_000]) {
    now += step;
    await groups.now("U0BEN", ["S0PLATFORM"]);
    counts.push(calls(workspace));
  }
  expect(counts).toEqual([1, 1, 2, 3]);
  now += 59_999;
  await groups.lately("U0BEN", ["S0PLATFORM"]);
  expect(calls(workspace)).toBe(3);
  await groups.now("U0BEN", ["S0PLATFORM"]);
  expect(calls(workspace)).toBe(4);
});

test("of a group that several want to know at once it is asked for once, and for no other", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  const groups = directory(clientTo(workspace), Date.now);
  const ben = () => groups.now("U0BEN", ["S0PLATFORM"]);
  expect(await Promise.all([ben(), ben(), groups.lately("U0ANA", ["S0PLATFORM"])])).toEqual([
    ["S0PLATFORM"],
    ["S0PLATFORM"],
    [],
  ]);
  expect(await groups.now("U0BEN", [])).toEqual([]);
  expect(calls(workspace)).toBe(1);
});

test("where Slack does not say who is in one, nobody is taken for a member", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  await workspace.act("/fault", { kind: "error", method: "usergroups.users.list", error: "internal_error" });
  const { now: groupsOf } = directory(clientTo(workspace), Date.now);
  await expect(groupsOf("U0BEN", ["S0PLATFORM"])).rejects.toMatchObject({ code: "directory-unavailable" });
  expect(await groupsOf("U0BEN", ["S0PLATFORM"])).toEqual(["S0PLATFORM"]);
});

test("while Slack asks to wait it is not asked, nothing known before decides, and it is said when to try again", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  let now = 1_000_000;
  const { now: groupsOf } = directory(clientTo(workspace), () => now);
  await groupsOf("U0BEN", ["S0PLATFORM"]);
  now += 5_000;
  await workspace.act("/fault", { kind: "rate_limit", method: "usergroups.users.list", times: 1, retryAfter: 30 });
  const refused = { code: "directory-unavailable", hint: expect.stringContaining("try again in 30 s") };
  await expect(groupsOf("U0BEN", ["S0PLATFORM"])).rejects.toMatchObject(refused);
  now += 10_000;
  const still = { hint: expect.stringContaining("try again in 20 s") };
  await expect(groupsOf("U0BEN", ["S0PLATFORM"])).rejects.toMatchObject(still);
  expect(calls(workspace)).toBe(2);
  now += 20_000;
  expect(await groupsOf("U0BEN", ["S0PLATFORM"])).toEqual(["S0PLATFORM"]);
});
