import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { SECRETS, until } from "./slack-fixture.ts";
import { ack, ackWith, CERT, type PlainBot, startPlainBot } from "./slack-plain-bot.ts";

test("every request is signed over its time and its body", async () => {
  await using bot = await startPlainBot(ack, { now: () => 1_700_000_000_999 });

  await bot.act("/command", CERT);

  const [{ headers, body } = { headers: {}, body: "" }] = bot.received;
  const expected = createHmac("sha256", SECRETS.signingSecret).update(`v0:1700000000:${body}`).digest("hex");
  expect(headers["x-slack-signature"]).toBe(`v0=${expected}`);
  expect(headers["x-slack-request-timestamp"]).toBe("1700000000");
  expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
});

test("a command that the manifest does not register never leaves Slack", async () => {
  await using bot = await startPlainBot(ack);

  expect(await bot.act("/command", { ...CERT, text: "/unknown x" })).toMatchObject({
    ok: false,
    error: "invalid_command",
  });

  expect(bot.received).toEqual([]);
  expect(await bot.messages("C0CERTS", "U0ANA")).toMatchObject([
    { user: "USLACKBOT", ephemeral: true, text: "`/unknown` is not a valid command." },
  ]);
});

describe("what a person sees when the bot does not acknowledge", () => {
  const failures: [string, (response: ServerResponse) => void, string, number | null][] = [
    ["too late", () => undefined, "operation_timeout", null],
    ["with an error status", (response) => void response.writeHead(500).end(), "dispatch_failed", 500],
    ["with a redirect", (response) => void response.writeHead(302, { location: "/" }).end(), "dispatch_failed", 302],
    ["by hanging up", (response) => void response.socket?.destroy(), "dispatch_failed", null],
    [
      "with blocks that Slack does not take",
      (response) => ackWith(response, { blocks: [{ type: "carousel" }] }),
      "invalid_blocks",
      200,
    ],
  ];

  test.each(failures)("%s", async (_, answer, error, status) => {
    // Only the bot that never answers is waited for briefly: no other failure may be a late one.
    await using bot = await startPlainBot(answer, error === "operation_timeout" ? { ackDeadlineMs: 200 } : {});

    expect(await bot.act("/command", CERT)).toMatchObject({ ok: false, error });

    expect(await bot.messages("C0CERTS", "U0ANA")).toMatchObject([
      { user: "USLACKBOT", ephemeral: true, text: `/cert failed with the error "${error}"` },
    ]);
    expect(await bot.messages("C0CERTS", "U0BEN")).toEqual([]);
    expect(await bot.deliveries()).toMatchObject([{ kind: "command", type: "/cert", transport: "http", status }]);
  });

  test("a click fails in sight of the one who clicked", async () => {
    await using bot = await startPlainBot((response) => void response.writeHead(404).end());
    const elements = [{ type: "button", action_id: "go", text: { type: "plain_text", text: "Go" } }];
    const blocks = [{ type: "actions", elements }];
    const { ts } = await bot.api("chat.postMessage", { channel: "C0CERTS", text: "go?", blocks });

    const clicked = await bot.act("/click", { user: "U0ANA", channel: "C0CERTS", ts, action_id: "go" });

    expect(clicked).toMatchObject({ ok: false, error: "dispatch_failed" });
    const texts = (await bot.messages("C0CERTS", "U0ANA")).map(({ text }) => text);
    expect(texts).toEqual(["go?", 'This action failed with the error "dispatch_failed"']);
  });
});

describe("events", () => {
  const mention = { user: "U0ANA", channel: "C0CERTS", text: "hello" };

  test("are sent again until they are acknowledged, with the same id and a count", async () => {
    await using bot = await startPlainBot(
      (response, _, index) => void response.writeHead(index < 2 ? 500 : 200).end(),
      {
        retryDelaysMs: [0, 0, 0],
      },
    );

    await bot.act("/message", mention);

    await until(() => bot.received.length === 3);
    const ids = bot.received.map(({ body }) => (JSON.parse(body) as { event_id: string }).event_id);
    expect(new Set(ids).size).toBe(1);
    expect(bot.received.map(({ headers }) => headers["x-slack-retry-num"])).toEqual([undefined, "1", "2"]);
    expect(bot.received.map(({ headers }) => headers["x-slack-retry-reason"])).toEqual([
      undefined,
      "http_error",
      "http_error",
    ]);
    await until(async () => (await bot.deliveries()).length === 3);
    expect((await bot.deliveries()).map(({ attempt, acked }) => [attempt, acked])).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ]);
  });

  test("are given up when the bot says so", async () => {
    await using bot = await startPlainBot(
      (response) => void response.writeHead(500, { "x-slack-no-retry": "1" }).end(),
      { retryDelaysMs: [0] },
    );

    await bot.act("/message", mention);
    await bot.act("/message", mention);

    expect((await bot.deliveries()).map(({ attempt }) => attempt)).toEqual([0, 0]);
  });

  test("that the manifest does not subscribe to are not sent", async () => {
    await using bot = await startPlainBot(ack);

    await bot.act("/message", { ...mention, channel: "D0ANA" });

    expect(bot.received).toEqual([]);
  });
});

test("the request URL is verified by a challenge", async () => {
  await using bot = await startPlainBot((response, { body }) => {
    const { challenge } = JSON.parse(body) as { challenge: string };
    ackWith(response, { challenge });
  });
  await using deaf = await startPlainBot(ack);

  expect(await bot.act("/verify-url", {})).toMatchObject({ ok: true });
  expect(await deaf.act("/verify-url", {})).toMatchObject({ ok: false, error: "challenge_failed" });
});

describe("response URLs", () => {
  async function responseUrl(bot: PlainBot): Promise<(body: object) => Promise<[number, unknown]>> {
    await bot.act("/command", CERT);
    const url = new URLSearchParams(bot.received.at(-1)?.body).get("response_url") ?? "";
    return async (body) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      return [response.status, await response.json()];
    };
  }

  test("take five answers", async () => {
    await using bot = await startPlainBot(ack);
    const respond = await responseUrl(bot);

    for (let n = 1; n <= 5; n += 1) expect(await respond({ text: `answer ${n}` })).toEqual([200, { ok: true }]);

    expect(await respond({ text: "one more" })).toEqual([404, { ok: false, error: "used_url" }]);
    expect(await bot.messages("C0CERTS", "U0ANA")).toHaveLength(5);
  });

  test("take them for thirty minutes", async () => {
    let now = 1_700_000_000_000;
    await using bot = await startPlainBot(ack, { now: () => now });
    const respond = await responseUrl(bot);
    now += 30 * 60_000;
    expect(await respond({ text: "just in time" })).toEqual([200, { ok: true }]);
    now += 1;

    expect(await respond({ text: "too late" })).toEqual([404, { ok: false, error: "expired_url" }]);
  });

  test("refuse what Slack refuses", async () => {
    await using bot = await startPlainBot(ack);
    const respond = await responseUrl(bot);

    expect(await respond({ text: "a", channel: "C0CERTS" })).toEqual([400, { ok: false, error: "invalid_payload" }]);
    expect(await respond({})).toEqual([400, { ok: false, error: "no_text" }]);
    expect(await respond({ blocks: [{ type: "carousel" }] })).toMatchObject([400, { error: "invalid_blocks" }]);
    const unknown = await fetch(`${bot.standIn.url}/response/guessed`, { method: "POST", body: "{}" });
    expect([unknown.status, await unknown.json()]).toEqual([404, { ok: false, error: "invalid_token" }]);
  });

  test("replace or delete the message that was clicked, also an ephemeral one", async () => {
    await using bot = await startPlainBot(ack);
    const elements = [{ type: "button", action_id: "go", text: { type: "plain_text", text: "Go" } }];
    const post = { channel: "C0CERTS", user: "U0ANA", text: "go?", blocks: [{ type: "actions", elements }] };
    const { message_ts: ts } = await bot.api("chat.postEphemeral", post);
    const act = { user: "U0ANA", channel: "C0CERTS", ts, action_id: "go" };
    expect(await bot.act("/click", { ...act, user: "U0BEN" })).toMatchObject({ status: 400, code: "NOTHING_THERE" });
    await bot.act("/click", act);
    const payload = JSON.parse(new URLSearchParams(bot.received[0]?.body).get("payload") ?? "") as {
      response_url: string;
      message?: object;
      container: object;
    };
    expect(payload.container).toMatchObject({ is_ephemeral: true });
    expect(payload).not.toHaveProperty("message");
    const respond = (body: object): Promise<Response> =>
      fetch(payload.response_url, { method: "POST", body: JSON.stringify(body) });

    await respond({ replace_original: true, text: "going" });
    expect(await bot.messages("C0CERTS", "U0ANA")).toMatchObject([{ ts, text: "going", blocks: [] }]);
    await respond({ delete_original: true });
    expect(await bot.messages("C0CERTS", "U0ANA")).toEqual([]);
  });
});
