import { describe, expect, test } from "vitest";
import { manifest, type ManifestOptions, SECRETS, startWorkspace, type TestWorkspace } from "./slack-fixture.ts";

const plain = (text: string): object => ({ type: "plain_text", text });
const section = { type: "section", text: plain("s") };
const modal = { type: "modal", title: plain("Renew"), blocks: [section] };
const home = { type: "home", blocks: [section] };
const channel = "C0CERTS";
const post = { channel, text: "hello" };

interface Offence {
  /** The code that Slack documents. */
  error: string;
  call: string;
  args?: unknown;
  headers?: Record<string, string>;
  app?: ManifestOptions;
  /** What else the answer says. */
  says?: object;
  /** Made before, to have something to offend against; what it gives replaces `args`. */
  after?: (workspace: TestWorkspace) => Promise<unknown>;
}

const messages = (...texts: string[]): object => ({
  errors: texts,
  response_metadata: { messages: texts.map((text) => `[ERROR] ${text}`) },
});

const offences: Offence[] = [
  { error: "unknown_method", call: "chat.shout" },
  {
    error: "method_not_supported_for_channel_type",
    call: "conversations.open",
    args: { users: "U0ANA,U0BEN" },
    app: { scopes: ["im:write"] },
  },
  { error: "not_authed", call: "auth.test", headers: { authorization: "" } },
  { error: "invalid_auth", call: "auth.test", headers: { authorization: "Bearer xoxb-of-somebody-else" } },
  { error: "not_allowed_token_type", call: "apps.connections.open" },
  {
    error: "not_allowed_token_type",
    call: "auth.test",
    headers: { authorization: `Bearer ${SECRETS.appToken}` },
  },
  { error: "team_access_not_granted", call: "auth.test", args: { team_id: "T0OTHER" } },
  { error: "invalid_json", call: "chat.postMessage", args: "{" },
  { error: "invalid_post_type", call: "chat.postMessage", args: "hello", headers: { "content-type": "text/html" } },
  { error: "missing_post_type", call: "chat.postMessage", args: "hello", headers: { "content-type": "" } },
  {
    error: "invalid_charset",
    call: "chat.postMessage",
    args: post,
    headers: { "content-type": "application/json; charset=ebcdic" },
  },
  {
    error: "invalid_arguments",
    call: "chat.postMessage",
    args: { ...post, loud: true },
    says: messages("invalid additional property: loud"),
  },
  {
    error: "invalid_arguments",
    call: "chat.postMessage",
    args: { text: "nowhere" },
    says: messages("missing required field: channel"),
  },
  {
    error: "missing_scope",
    call: "chat.postMessage",
    args: post,
    app: { scopes: ["commands", "users:read"] },
    says: { needed: "chat:write", provided: "commands,users:read" },
  },
  {
    error: "missing_scope",
    call: "users.info",
    args: { user: "U0ANA" },
    app: { scopes: [] },
    says: { needed: "users:read" },
  },
  {
    error: "missing_scope",
    call: "conversations.history",
    args: { channel: "D0ANA" },
    app: { scopes: ["channels:history"] },
    says: { needed: "im:history" },
  },
  { error: "channel_not_found", call: "chat.postMessage", args: { ...post, channel: "C0NOWHERE" } },
  { error: "not_in_channel", call: "chat.postMessage", args: { ...post, channel: "C0GENERAL" } },
  {
    error: "messages_tab_disabled",
    call: "chat.postMessage",
    args: { ...post, channel: "U0ANA" },
    app: { messagesTab: false },
  },
  { error: "no_text", call: "chat.postMessage", args: { channel } },
  { error: "msg_too_long", call: "chat.postMessage", args: { channel, text: "x".repeat(40_001) } },
  { error: "cannot_reply_to_message", call: "chat.postMessage", args: { ...post, thread_ts: "1700000000.000100" } },
  { error: "invalid_blocks_format", call: "chat.postMessage", args: { ...post, blocks: "[{" } },
  {
    error: "invalid_blocks",
    call: "chat.postMessage",
    args: { ...post, blocks: [{ type: "carousel" }] },
    says: messages("unsupported type: carousel [json-pointer:/blocks/0/type]"),
  },
  {
    error: "msg_blocks_too_long",
    call: "chat.postMessage",
    args: { ...post, blocks: Array.from({ length: 5 }, () => ({ type: "section", text: plain("x".repeat(2_900)) })) },
  },
  { error: "invalid_metadata_format", call: "chat.postMessage", args: { ...post, metadata: "{" } },
  { error: "invalid_metadata_schema", call: "chat.postMessage", args: { ...post, metadata: { event_type: "a" } } },
  {
    error: "metadata_too_large",
    call: "chat.postMessage",
    args: { ...post, metadata: { event_type: "a", event_payload: { text: "x".repeat(20_000) } } },
  },
  { error: "message_not_found", call: "chat.update", args: { ...post, ts: "1700000000.000100" } },
  {
    error: "cant_update_message",
    call: "chat.update",
    after: async ({ act, messages: list }) => {
      await act("/message", { user: "U0ANA", channel, text: "mine" });
      return { ...post, ts: (await list(channel))[0]?.ts };
    },
  },
  {
    error: "message_not_found",
    call: "chat.update",
    after: async ({ api }) => ({
      ...post,
      ts: (await api("chat.postEphemeral", { ...post, user: "U0ANA" }))["message_ts"],
    }),
  },
  {
    error: "msg_too_long",
    call: "chat.update",
    after: async ({ api }) => ({ channel, ts: (await api("chat.postMessage", post))["ts"], text: "x".repeat(4_001) }),
  },
  { error: "user_not_in_channel", call: "chat.postEphemeral", args: { ...post, user: "U0NOBODY" } },
  { error: "channel_not_found", call: "conversations.info", args: { channel: "C0NOWHERE" } },
  { error: "not_in_channel", call: "conversations.history", args: { channel: "C0GENERAL" } },
  { error: "invalid_cursor", call: "conversations.history", args: { channel, cursor: "x" } },
  { error: "invalid_ts_oldest", call: "conversations.history", args: { channel, oldest: "yesterday" } },
  { error: "invalid_ts_latest", call: "conversations.history", args: { channel, latest: "now" } },
  { error: "thread_not_found", call: "conversations.replies", args: { channel, ts: "1700000000.000100" } },
  { error: "users_list_not_supplied", call: "conversations.open" },
  { error: "user_not_found", call: "conversations.open", args: { users: "U0NOBODY" } },
  { error: "user_not_found", call: "users.info", args: { user: "U0NOBODY" } },
  { error: "invalid_cursor", call: "users.list", args: { cursor: "x" } },
  { error: "no_such_subteam", call: "usergroups.users.list", args: { usergroup: "S0NONE" } },
  { error: "invalid_trigger_id", call: "views.open", args: { trigger_id: "1.2.3", view: modal } },
  {
    error: "invalid_arguments",
    call: "views.open",
    args: { trigger_id: "1.2.3", view: { ...modal, title: plain("x".repeat(25)) } },
    says: messages("must be less than 25 characters [json-pointer:/view/title/text]"),
  },
  {
    error: "invalid_arguments",
    call: "views.open",
    args: {
      trigger_id: "1.2.3",
      view: { ...modal, blocks: [{ type: "input", label: plain("Why"), element: { type: "plain_text_input" } }] },
    },
    says: messages("must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"),
  },
  {
    error: "view_too_large",
    call: "views.open",
    args: { trigger_id: "1.2.3", view: { ...modal, private_metadata: "x".repeat(250_001) } },
  },
  { error: "not_found", call: "views.update", args: { view_id: "V0NONE", view: modal } },
  { error: "user_not_found", call: "views.publish", args: { user_id: "U0NOBODY", view: home } },
  { error: "not_enabled", call: "views.publish", args: { user_id: "U0ANA", view: home }, app: { homeTab: false } },
  {
    error: "hash_conflict",
    call: "views.publish",
    after: async ({ api }) => {
      await api("views.publish", { user_id: "U0ANA", view: home });
      return { user_id: "U0ANA", view: home, hash: "1.STALE" };
    },
  },
  {
    error: "duplicate_external_id",
    call: "views.publish",
    after: async ({ api }) => {
      await api("views.publish", { user_id: "U0ANA", view: { ...home, external_id: "one" } });
      return { user_id: "U0BEN", view: { ...home, external_id: "one" } };
    },
  },
];

describe("the Web API refuses with Slack's code", () => {
  test.each(offences)("$error from $call", async ({ error, call, args, headers, app, says = {}, after }) => {
    await using workspace = await startWorkspace({ manifest: manifest(app) });

    const answer = await workspace.api(call, after ? await after(workspace) : args, headers);

    expect(answer).toMatchObject({ ok: false, error, status: 200, ...says });
  });
});

test("the same calls without the offence are taken", async () => {
  await using workspace = await startWorkspace();
  const { api } = workspace;

  const taken = await Promise.all([
    api("auth.test"),
    api("apps.connections.open", {}, { authorization: `Bearer ${SECRETS.appToken}` }),
    api("chat.postMessage", { ...post, blocks: [section], metadata: { event_type: "a", event_payload: { b: 1 } } }),
    api("chat.postEphemeral", { ...post, user: "U0ANA" }),
    api("conversations.info", { channel }),
    api("conversations.history", { channel }),
    api("conversations.open", { users: "U0ANA" }),
    api("users.info", { user: "U0ANA" }),
    api("usergroups.users.list", { usergroup: "S0PLATFORM" }),
    api("views.publish", { user_id: "U0ANA", view: home }),
  ]);

  expect(taken.map(({ ok, error }) => error ?? ok)).toEqual(taken.map(() => true));
});

test("form bodies with JSON inside are understood as JSON bodies are, the token among them", async () => {
  await using workspace = await startWorkspace();
  const form = new URLSearchParams({
    token: SECRETS.botToken,
    channel,
    text: "hello",
    blocks: JSON.stringify([section]),
    unfurl_links: "false",
  });

  const headers = { authorization: "", "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  expect(await workspace.api("chat.postMessage", form.toString(), headers)).toMatchObject({ ok: true });

  expect(await workspace.messages(channel)).toMatchObject([{ text: "hello", blocks: [section] }]);
});

describe("rate limits", () => {
  test("one post a second in a channel with a short burst, and 429 says how long to wait", async () => {
    let now = Date.now();
    await using workspace = await startWorkspace({ now: () => now });
    const { api, standIn } = workspace;
    const burst = await Promise.all(Array.from({ length: 5 }, () => api("chat.postMessage", post)));
    expect(burst.every(({ ok }) => ok)).toBe(true);

    const limited = await fetch(`${standIn.url}/api/chat.postMessage`, {
      method: "POST",
      headers: { authorization: `Bearer ${SECRETS.botToken}`, "content-type": "application/json" },
      body: JSON.stringify(post),
    });

    expect([limited.status, limited.headers.get("retry-after"), await limited.json()]).toEqual([
      429,
      "1",
      { ok: false, error: "ratelimited" },
    ]);
    expect(await api("chat.postMessage", { ...post, channel: "U0ANA" })).toMatchObject({ ok: true });
    now += 1_000;
    expect(await api("chat.postMessage", post)).toMatchObject({ ok: true });
  });

  test("a method has its tier", async () => {
    await using workspace = await startWorkspace({ now: () => 1_700_000_000_000 });
    const asked = await Promise.all(
      Array.from({ length: 21 }, () => workspace.api("usergroups.users.list", { usergroup: "S0PLATFORM" })),
    );

    expect(asked.filter(({ ok }) => ok)).toHaveLength(20);
    expect(asked.at(-1)).toMatchObject({ status: 429, error: "ratelimited" });
  });

  test("they can be switched off for a bench", async () => {
    await using workspace = await startWorkspace({ rateLimits: false });
    const posted = await Promise.all(Array.from({ length: 30 }, () => workspace.api("chat.postMessage", post)));

    expect(posted.filter(({ ok }) => ok)).toHaveLength(30);
  });
});
