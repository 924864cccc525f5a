import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { manifest, SECRETS, startBoltBot, startWorkspace, until } from "./slack-fixture.ts";

const channel = "C0CERTS";
const authorization = `Bearer ${SECRETS.consoleToken}`;

describe("who may act for people", () => {
  test("only the bearer of the console's token", async () => {
    await using workspace = await startWorkspace();
    const { url } = workspace.standIn;
    const status = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}${path}`, { headers })).status;

    expect(await status("/workspace", {})).toBe(401);
    expect(await (await fetch(`${url}/workspace`)).json()).toMatchObject({ code: "NOT_ALLOWED" });
    expect(await status("/workspace/events", { authorization: `Bearer ${SECRETS.botToken}` })).toBe(401);
    expect(await status("/workspace", { authorization })).toBe(200);
    expect(await status("/healthz", {})).toBe(200);
  });

  test("nobody under another host name, as a page of another site would", async () => {
    await using workspace = await startWorkspace();
    const { port } = new URL(workspace.standIn.url);
    const status = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port, path: "/workspace", headers: { host, authorization } });
        asked.once("response", (response) => resolve(response.resume().statusCode)).once("error", reject);
        asked.end();
      });

    expect(await status("evil.example:80")).toBe(421);
    expect(await status(`localhost:${port}`)).toBe(200);
  });
});

test("the workspace says who and what is in it, and that it is a stand-in", async () => {
  await using workspace = await startWorkspace();

  const response = await fetch(`${workspace.standIn.url}/workspace`, { headers: { authorization } });

  expect(await response.json()).toMatchObject({
    standIn: true,
    channels: [
      { id: "C0CERTS", name: "certificates" },
      { id: "C0GENERAL", name: "general" },
    ],
    people: [
      { id: "U0ANA", real_name: "Ana Ortiz", tz: "Europe/Madrid", groups: [] },
      { id: "U0BEN", groups: ["S0PLATFORM"] },
      { id: "U0CHEN", groups: ["S0PLATFORM"] },
      { id: "U0DANA", groups: [] },
    ],
    groups: [{ id: "S0PLATFORM", handle: "platform-approvers" }],
    bot: { user: "U0CERTOPS", id: "B0CERTOPS", name: "certops" },
    commands: ["/cert"],
  });
});

test("what happens is told as it happens", async () => {
  await using bot = await startBoltBot((app) => {
    app.command("/cert", async ({ ack }) => ack("here"));
  });
  const response = await fetch(`${bot.standIn.url}/workspace/events`, { headers: { authorization } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let told = "";
  const reading = (async () => {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) told += part.value;
  })();
  await until(() => told.includes(": connected"));

  const { ts } = await bot.api("chat.postMessage", { channel, text: "one" });
  await bot.api("chat.update", { channel, ts, text: "two" });
  await bot.api("chat.update", { channel, ts, text: "" });
  await bot.act("/command", { user: "U0ANA", channel, text: "/cert help" });

  await until(() => told.includes('"ephemeral"'));
  const events = told
    .split("\n\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
  expect(events).toMatchObject([
    { type: "message", message: { ts, text: "one" } },
    { type: "call", call: { method: "chat.postMessage", ok: true, status: 200 } },
    { type: "update", message: { ts, text: "two", edited: { user: "U0CERTOPS" } } },
    { type: "call", call: { method: "chat.update", ok: true } },
    { type: "call", call: { method: "chat.update", ok: false, error: "no_text" } },
    { type: "delivery", delivery: { kind: "command", type: "/cert", acked: true, status: 200 } },
    { type: "ephemeral", user: "U0ANA", message: { text: "here" } },
  ]);
  await reader?.cancel();
  await reading;
});

describe("mistakes of the one who acts", () => {
  const mistakes: [string, string, object][] = [
    ["NO_SUCH_PERSON", "/command", { user: "U0NOBODY", channel, text: "/cert" }],
    ["NO_SUCH_CHANNEL", "/command", { user: "U0ANA", channel: "D0BEN", text: "/cert" }],
    ["NOT_A_COMMAND", "/command", { user: "U0ANA", channel, text: "cert" }],
    ["BAD_REQUEST", "/command", { user: "U0ANA" }],
    ["NO_PLACE", "/click", { user: "U0ANA", action_id: "go" }],
    ["NOTHING_THERE", "/click", { user: "U0ANA", action_id: "go", channel, ts: "1.2" }],
    ["NOT_ON_TOP", "/submit", { user: "U0ANA", view_id: "V0NONE" }],
  ];

  test.each(mistakes)("%s at %s", async (code, path, body) => {
    await using workspace = await startWorkspace();

    expect(await workspace.act(path, body)).toMatchObject({ ok: false, status: 400, code, hint: expect.any(String) });
    expect(await workspace.deliveries()).toEqual([]);
  });

  test("NO_SUGGESTIONS where nobody is asked for options", async () => {
    await using workspace = await startWorkspace();
    const button = { type: "button", action_id: "go", text: { type: "plain_text", text: "Go" } };
    const blocks = [{ type: "actions", elements: [button] }];
    const { ts } = await workspace.api("chat.postMessage", { channel, text: "hi", blocks });

    expect(await workspace.act("/suggest", { user: "U0ANA", channel, ts, action_id: "go" })).toMatchObject({
      code: "NO_SUGGESTIONS",
    });
  });

  test("what the manifest leaves out cannot be done", async () => {
    await using workspace = await startWorkspace({
      manifest: manifest({ homeTab: false, interactive: false, messagesTab: false }),
    });

    expect(await workspace.act("/home", { user: "U0ANA" })).toMatchObject({ code: "HOME_OFF" });
    expect(await workspace.act("/message", { user: "U0ANA", channel: "D0ANA", text: "hi" })).toMatchObject({
      code: "MESSAGES_OFF",
    });
    expect(await workspace.act("/click", { user: "U0ANA", view_id: "V1", action_id: "go" })).toMatchObject({
      code: "NOT_INTERACTIVE",
    });
  });
});

describe("menus", () => {
  const option = (value: string): object => ({ text: { type: "plain_text", text: value.toUpperCase() }, value });
  const elements = [
    { type: "static_select", action_id: "select", options: [option("a"), option("b")] },
    { type: "overflow", action_id: "overflow", options: [option("a"), option("b")] },
    { type: "checkboxes", action_id: "checkboxes", options: [option("a"), option("b")] },
    { type: "radio_buttons", action_id: "radio_buttons", options: [option("a"), option("b")] },
    { type: "users_select", action_id: "users_select" },
    { type: "datepicker", action_id: "datepicker" },
  ];
  const picks: [string, unknown, object][] = [
    ["select", "b", { type: "static_select", selected_option: option("b") }],
    ["overflow", "a", { type: "overflow", selected_option: option("a") }],
    ["checkboxes", ["a", "b"], { type: "checkboxes", selected_options: [option("a"), option("b")] }],
    ["radio_buttons", { value: "b" }, { type: "radio_buttons", selected_option: option("b") }],
    ["users_select", "U0BEN", { type: "users_select", selected_user: "U0BEN" }],
    ["datepicker", "2026-11-22", { type: "datepicker", selected_date: "2026-11-22" }],
  ];

  test("hand the app what was picked, in the words of their kind", async () => {
    const actions: unknown[] = [];
    await using bot = await startBoltBot((app) => {
      app.action(/.*/, async ({ ack, action }) => {
        await ack();
        actions.push(action);
      });
    });
    const { ts } = await bot.api("chat.postMessage", {
      channel,
      text: "pick",
      blocks: [{ type: "actions", elements }],
    });

    for (const [action_id, value] of picks) {
      expect(await bot.act("/click", { user: "U0ANA", channel, ts, action_id, value })).toMatchObject({ ok: true });
    }

    expect(actions).toMatchObject(picks.map(([, , action]) => action));
  });

  test("offer nothing else", async () => {
    await using workspace = await startWorkspace();
    const { ts } = await workspace.api("chat.postMessage", {
      channel,
      text: "pick",
      blocks: [{ type: "actions", elements }],
    });
    const click = { user: "U0ANA", channel, ts };

    for (const action_id of ["select", "checkboxes", "radio_buttons", "overflow", "datepicker"]) {
      expect(await workspace.act("/click", { ...click, action_id, value: "z" })).toMatchObject({
        code: "NO_SUCH_CHOICE",
      });
    }
    expect(await workspace.act("/click", { ...click, action_id: "button" })).toMatchObject({ code: "NO_SUCH_ELEMENT" });
  });
});

describe("faults, for tests of the bot", () => {
  const post = { channel, text: "hello" };

  test("come as often as asked for, to the method asked for", async () => {
    await using workspace = await startWorkspace();
    await workspace.act("/fault", { kind: "rate_limit", method: "chat.postMessage", times: 2, retryAfter: 7 });
    await workspace.act("/fault", { kind: "error", method: "chat.postMessage", error: "fatal_error" });

    expect(await workspace.api("auth.test")).toMatchObject({ ok: true });
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await workspace.api("chat.postMessage", post));

    expect(answers.map(({ status, error = "none" }) => `${status} ${error}`)).toEqual([
      "429 ratelimited",
      "429 ratelimited",
      "200 fatal_error",
      "200 none",
    ]);
  });

  test("cut the connection before the work, or after it", async () => {
    await using workspace = await startWorkspace();

    await workspace.act("/fault", { kind: "drop" });
    await expect(workspace.api("chat.postMessage", post)).rejects.toThrow("fetch failed");
    expect(await workspace.messages(channel)).toEqual([]);

    await workspace.act("/fault", { kind: "lose_answer" });
    await expect(workspace.api("chat.postMessage", post)).rejects.toThrow("fetch failed");
    expect(await workspace.messages(channel)).toMatchObject([{ text: "hello" }]);
  });
});
