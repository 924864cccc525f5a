import { expect, test } from "vitest";
import { startWorkspace } from "./slack-fixture.ts";

const channel = "C0CERTS";
const metadata = { event_type: "certops_request", event_payload: { request: "r-1" } };

test("history gives pages, newest first, with metadata where it is asked for", async () => {
  await using workspace = await startWorkspace();
  const { api } = workspace;
  for (const text of ["one", "two", "three"]) await api("chat.postMessage", { channel, text, metadata });
  await api("chat.postEphemeral", { channel, text: "between us", user: "U0ANA" });

  const first = await api("conversations.history", { channel, limit: 2, include_all_metadata: true });
  const { next_cursor: cursor } = first["response_metadata"] as { next_cursor: string };
  const second = await api("conversations.history", { channel, limit: 2, cursor });

  expect(first).toMatchObject({
    has_more: true,
    messages: [
      { text: "three", user: "U0CERTOPS", bot_id: "B0CERTOPS", metadata },
      { text: "two", metadata },
    ],
  });
  expect(second).toMatchObject({
    has_more: false,
    messages: [{ text: "one" }],
    response_metadata: { next_cursor: "" },
  });
  expect(second["messages"]).not.toMatchObject([{ metadata }]);
});

test("history is bounded by oldest and latest, with the bounds only on request", async () => {
  await using workspace = await startWorkspace();
  const { api } = workspace;
  const stamps: string[] = [];
  for (const text of ["one", "two", "three"])
    stamps.push(String((await api("chat.postMessage", { channel, text }))["ts"]));
  const [oldest, , latest] = stamps;
  const texts = async (more: object): Promise<unknown> => {
    const { messages } = await api("conversations.history", { channel, oldest, latest, ...more });
    return (messages as { text: string }[]).map(({ text }) => text);
  };

  expect(await texts({})).toEqual(["two"]);
  expect(await texts({ inclusive: true })).toEqual(["three", "two", "one"]);
});

test("time stamps rise and never repeat, also within one millisecond", async () => {
  await using workspace = await startWorkspace({ now: () => 1_700_000_000_000, rateLimits: false });
  const posted = await Promise.all(
    Array.from({ length: 20 }, (_, n) => workspace.api("chat.postMessage", { channel, text: `${n}` })),
  );

  const stamps = posted.map(({ ts }) => String(ts));
  expect(new Set(stamps).size).toBe(20);
  expect(stamps.every((ts) => /^1700000000\.\d{6}$/.test(ts))).toBe(true);
});

test("a thread is read by its first message and stays out of the channel's history", async () => {
  await using workspace = await startWorkspace();
  const { api } = workspace;
  const { ts } = await api("chat.postMessage", { channel, text: "root" });
  await api("chat.postMessage", { channel, text: "reply", thread_ts: ts });

  expect(await api("conversations.replies", { channel, ts })).toMatchObject({
    messages: [{ text: "root" }, { text: "reply", thread_ts: ts }],
  });
  expect((await api("conversations.history", { channel }))["messages"]).toMatchObject([{ text: "root" }]);
});

test("an update changes what it names: new blocks, or a text alone, which removes them", async () => {
  await using workspace = await startWorkspace();
  const { api, messages } = workspace;
  const blocks = [{ type: "header", block_id: "h", text: { type: "plain_text", text: "Receipt" } }];
  const { ts } = await api("chat.postMessage", { channel, text: "asked", metadata });

  await api("chat.update", { channel, ts, text: "done", blocks });
  expect(await messages(channel)).toMatchObject([{ ts, text: "done", blocks, metadata }]);
  expect((await messages(channel))[0]).not.toHaveProperty("edited");

  await api("chat.update", { channel, ts, text: "plain" });
  expect(await messages(channel)).toMatchObject([{ ts, text: "plain", blocks: [], edited: { user: "U0CERTOPS" } }]);
});

test("people and groups are told as Slack tells them", async () => {
  await using workspace = await startWorkspace();
  const { api } = workspace;

  expect((await api("users.info", { user: "U0DANA" }))["user"]).toMatchObject({
    id: "U0DANA",
    team_id: "T0LAB",
    is_restricted: true,
    is_bot: false,
    tz: "America/New_York",
    profile: { display_name: "dana" },
  });
  const members = (await api("users.list"))["members"] as { id: string; is_bot: boolean }[];
  expect(members.map(({ id, is_bot }) => [id, is_bot])).toEqual([
    ["U0ANA", false],
    ["U0BEN", false],
    ["U0CHEN", false],
    ["U0DANA", false],
    ["U0CERTOPS", true],
  ]);
  expect(await api("usergroups.users.list", { usergroup: "S0PLATFORM" })).toMatchObject({ users: ["U0BEN", "U0CHEN"] });
  expect((await api("usergroups.list", { include_users: true }))["usergroups"]).toMatchObject([
    { id: "S0PLATFORM", handle: "platform-approvers", users: ["U0BEN", "U0CHEN"] },
  ]);
});

test("time zones are given as of now", async () => {
  const offset = async (at: string): Promise<unknown> => {
    await using workspace = await startWorkspace({ now: () => Date.parse(at) });
    return (await workspace.api("users.info", { user: "U0ANA" }))["user"];
  };

  expect(await offset("2026-01-15T12:00:00Z")).toMatchObject({ tz_offset: 3_600 });
  expect(await offset("2026-07-15T12:00:00Z")).toMatchObject({ tz_offset: 7_200 });
});

test("a direct conversation is one's own", async () => {
  await using workspace = await startWorkspace();
  const { api, messages } = workspace;

  expect(await api("conversations.open", { users: "U0BEN" })).toMatchObject({ channel: { id: "D0BEN" } });
  expect(await api("chat.postMessage", { channel: "U0BEN", text: "for you" })).toMatchObject({ channel: "D0BEN" });
  expect(await messages("D0BEN", "U0BEN")).toMatchObject([{ text: "for you" }]);
  expect(await api("conversations.info", { channel: "D0BEN" })).toMatchObject({
    channel: { is_im: true, user: "U0BEN" },
  });
});
