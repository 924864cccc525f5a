import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { StandInOptions } from "../../lab/slack/stand-in.ts";
import { SECRETS, startWorkspace, type TestWorkspace, until } from "./slack-fixture.ts";

interface Received {
  headers: IncomingMessage["headers"];
  body: string;
}

interface PlainBot extends TestWorkspace {
  received: Received[];
}

/** A bot that answers as told, without Bolt in between. */
async function startPlainBot(
  answer: (response: ServerResponse, received: Received, index: number) => void,
  options: Partial<StandInOptions> = {},
): Promise<PlainBot> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      answer(response, one, received.length - 1);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const botUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  const workspace = await startWorkspace({ botUrl, ...options });
  return {
    ...workspace,
    received,
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    },
  };
}

const CERT = { user: "U0ANA", channel: "C0CERTS", text: "/cert help" };
const ack = (response: ServerResponse): void => void response.end();

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
      (response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ blocks: [{ type: "carousel" }] }));
      },
      "invalid_blocks",
      200,
    ],
  ];

  test.each(failures)("%s", async (_, answer, error, status) => {
    await using bot = await startPlainBot(answer, { ackDeadlineMs: 200 });

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
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ challenge }));
  });
  await using deaf = await startPlainBot(ack);

  expect(await bot.act("/verify-url", {})).toMatchObject({ ok: true });
  expect(await deaf.act("/verify-url", {})).toMatchObject({ ok: false, error: "challenge_failed" });
});

describe("triggers", () => {
  const modal = { type: "modal", title: { type: "plain_text", text: "T" }, blocks: [] };

  async function trigger(bot: PlainBot): Promise<string> {
    await bot.act("/command", CERT);
    return new URLSearchParams(bot.received.at(-1)?.body).get("trigger_id") ?? "";
  }

  test("open one view, once, within three seconds", async () => {
    let now = 1_700_000_000_000;
    await using bot = await startPlainBot(ack, { now: () => now });
    const trigger_id = await trigger(bot);
    const stale = await trigger(bot);

    expect(await bot.api("views.open", { trigger_id, view: modal })).toMatchObject({ ok: true });
    expect(await bot.api("views.open", { trigger_id, view: modal })).toMatchObject({ error: "exchanged_trigger_id" });
    now += 3_001;
    expect(await bot.api("views.open", { trigger_id: stale, view: modal })).toMatchObject({
      error: "expired_trigger_id",
    });
  });

  test("push views three deep and no deeper", async () => {
    await using bot = await startPlainBot(ack);
    const push = async (): Promise<unknown> => {
      const answer = await bot.api("views.push", { trigger_id: await trigger(bot), view: modal });
      return answer.error ?? answer.ok;
    };

    expect(await push()).toBe("not_found");
    await bot.api("views.open", { trigger_id: await trigger(bot), view: modal });
    expect([await push(), await push(), await push()]).toEqual([true, true, "push_limit_reached"]);

    const [root, second, top] = await bot.views("U0ANA");
    expect([second?.root_view_id, second?.previous_view_id]).toEqual([root?.id, root?.id]);
    expect([top?.root_view_id, top?.previous_view_id]).toEqual([root?.id, second?.id]);
  });

  test("an update of a view needs its current hash, and keeps what was typed", async () => {
    await using bot = await startPlainBot(ack);
    const label = { type: "plain_text", text: "Why" };
    const element = { type: "plain_text_input", action_id: "reason" };
    const view = { ...modal, submit: label, blocks: [{ type: "input", block_id: "why", label, element }] };
    await bot.api("views.open", { trigger_id: await trigger(bot), view });
    const [open] = await bot.views("U0ANA");
    const typed = { user: "U0ANA", view_id: open?.id, action_id: "reason", value: "key leaked" };
    expect(await bot.act("/click", typed)).toMatchObject({ ok: true });

    expect(await bot.api("views.update", { view_id: open?.id, view, hash: "1.STALE" })).toMatchObject({
      error: "hash_conflict",
    });
    expect(await bot.api("views.update", { view_id: open?.id, view, hash: open?.hash })).toMatchObject({ ok: true });

    const [updated] = await bot.views("U0ANA");
    expect(updated?.hash).not.toBe(open?.hash);
    expect(updated?.state.values).toEqual({ why: { reason: { type: "plain_text_input", value: "key leaked" } } });
  });
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
