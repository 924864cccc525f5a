import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BotProcess, writeConfig } from "../support/bot-process.ts";
import { freePort } from "../support/service-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";

const signingSecret = "a-signing-secret-of-the-tests";
const pki = await TestPki.create();

interface Reply {
  text: string;
  response_type: string;
  blocks: unknown[];
}

/** Takes what the bot posts to a response_url. */
async function replies(): Promise<
  AsyncDisposable & { url: string; got: Reply[]; next: (count: number) => Promise<Reply[]> }
> {
  const got: Reply[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
      got.push(JSON.parse(text) as Reply);
      response.end("ok");
      server.emit("reply");
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    got,
    async next(count) {
      while (got.length < count) await once(server, "reply");
      return got;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function command(text: string, responseUrl: string, fields: Record<string, string> = {}): string {
  return new URLSearchParams({
    command: "/cert",
    text,
    user_id: "U0ANA",
    user_name: "ana",
    team_id: "T0LAB",
    channel_id: "C0GENERAL",
    channel_name: "general",
    trigger_id: randomUUID(),
    response_url: responseUrl,
    ...fields,
  }).toString();
}

function signed(body: string, { secret = signingSecret, at = Date.now() }: { secret?: string; at?: number } = {}) {
  const timestamp = String(Math.floor(at / 1_000));
  const hash = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": `v0=${hash}`,
  };
}

async function setUp() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const inbox = stack.use(await replies());
  const httpPort = await freePort();
  const file = writeConfig(folder, { httpPort, apiUrl: "http://127.0.0.1:9/api/", port: 9, root: pki.root });
  const start = async () =>
    stack.use(
      await BotProcess.start({
        CERTOPS_CONFIG: file,
        SLACK_BOT_TOKEN: "xoxb-of-the-tests",
        SLACK_SIGNING_SECRET: signingSecret,
      }),
    );
  const url = `http://127.0.0.1:${httpPort}/slack/events`;
  const post = async (body: string, headers: Record<string, string>) =>
    (await fetch(url, { method: "POST", body, headers })).status;
  return { bot: await start(), start, inbox, post, folder, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("who may speak to the bot", () => {
  test("a signature of another secret, none, or a stale or future date is refused, and nothing runs", async () => {
    await using lab = await setUp();
    const body = command("help", lab.inbox.url);
    expect(await lab.post(body, signed(body, { secret: "another" }))).toBe(401);
    expect(await lab.post(body, { "content-type": "application/x-www-form-urlencoded" })).toBe(401);
    expect(await lab.post(body, signed(body, { at: Date.now() - 301_000 }))).toBe(401);
    expect(await lab.post(body, signed(body, { at: Date.now() + 330_000 }))).toBe(401);
    expect(await lab.post(`${body}&more=1`, signed(body))).toBe(401);
    // The one that is right comes first: no other has left an answer.
    const last = command("expired", lab.inbox.url);
    expect(await lab.post(last, signed(last))).toBe(200);
    const [first] = await lab.inbox.next(1);
    expect(first?.text).toContain("Expired");
    expect(lab.inbox.got).toHaveLength(1);
  });

  test("a date up to five minutes ahead, and a charset that a proxy added, are taken", async () => {
    await using lab = await setUp();
    const ahead = command("help", lab.inbox.url);
    expect(await lab.post(ahead, signed(ahead, { at: Date.now() + 240_000 }))).toBe(200);
    const charset = command("help", lab.inbox.url);
    const type = "application/x-www-form-urlencoded; charset=utf-8";
    expect(await lab.post(charset, { ...signed(charset), "content-type": type })).toBe(200);
    await lab.inbox.next(2);
  });
});

describe("a delivery runs once", () => {
  test("the same signed request is answered and not run again, also by a bot started anew after a kill", async () => {
    await using lab = await setUp();
    const body = command("help", lab.inbox.url);
    const headers = signed(body);
    expect(await lab.post(body, headers)).toBe(200);
    expect(await lab.post(body, headers)).toBe(200);
    await lab.inbox.next(1);
    lab.bot.signal("SIGKILL");
    await lab.bot.exited;
    await lab.start();
    expect(await lab.post(body, headers)).toBe(200);
    const last = command("expired", lab.inbox.url);
    await lab.post(last, signed(last));
    expect((await lab.inbox.next(2)).map(({ text }) => text.split(":")[0])).toEqual(["How to ask certops", "Expired"]);
  });

  test("the same trigger under another signature is not run again", async () => {
    await using lab = await setUp();
    const trigger_id = "one-trigger";
    for (const text of ["help", "expired", "expired"]) {
      const body = command(text, lab.inbox.url, { trigger_id });
      expect(await lab.post(body, signed(body))).toBe(200);
    }
    const last = command("serial", lab.inbox.url);
    await lab.post(last, signed(last));
    expect((await lab.inbox.next(2)).map(({ text }) => text)).toEqual([
      "How to ask certops",
      expect.stringContaining("serial needs to know"),
    ]);
  });
});

describe("whatever is typed is answered", () => {
  let lab: Awaited<ReturnType<typeof setUp>>;
  let answered = 0;
  beforeAll(async () => {
    lab = await setUp();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  /** The next answer to come: one is awaited before the next is asked for. */
  const answer = async () => (await lab.inbox.next(++answered)).at(-1);

  test.each([
    ["", "How to ask certops"],
    ["expirng 30d", "expirng is not a command. Did you mean /cert expiring?"],
    ["fly", "fly is not a command."],
    ["expiring soon", "soon is no span of time."],
    ["renew service-x", "There is no service service-x. Did you mean service-a?"],
    ["freeze servce-a incident", "There is no service servce-a. Did you mean service-a?"],
    ["freeze service-a", "A freeze needs a reason"],
    ["trace r-nonesuch", "There is no request r-nonesuch."],
    [`show ${"x".repeat(700)}`, "longer than 600 characters"],
    ["show <!channel>", "Nothing here is called <!channel>."],
  ])("/cert %s", async (text, said) => {
    const body = command(text, lab.inbox.url);
    expect(await lab.post(body, signed(body))).toBe(200);
    const reply = await answer();
    expect(reply?.text).toContain(said);
    expect(reply?.response_type).toBe("ephemeral");
    expect(JSON.stringify(reply?.blocks)).not.toContain("<!channel>");
  });

  test("a command the app does not have, and a button of an older message", async () => {
    const unknown = command("", lab.inbox.url, { command: "/certificate" });
    expect(await lab.post(unknown, signed(unknown))).toBe(200);
    expect((await answer())?.text).toContain("How to ask certops");
    const payload = JSON.stringify({
      type: "block_actions",
      trigger_id: randomUUID(),
      user: { id: "U0ANA" },
      team: { id: "T0LAB" },
      channel: { id: "C0CERTS" },
      response_url: lab.inbox.url,
      actions: [{ type: "button", action_id: "gone", block_id: "b", value: "v" }],
    });
    const click = new URLSearchParams({ payload }).toString();
    expect(await lab.post(click, signed(click))).toBe(200);
    expect((await answer())?.text).toContain("older message");
  });
});
