import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BotFolder, BotProcess, operate, writeConfig } from "../support/bot-process.ts";
import { freePort } from "../support/service-process.ts";
import { click, command, replies, signed, signingSecret } from "../support/slack-requests.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";

const pki = await TestPki.create();

async function setUp({ apiUrl = "http://127.0.0.1:9/api/", mute = 0 } = {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const inbox = stack.use(await replies({ mute }));
  const httpPort = await freePort();
  const file = writeConfig(folder, { httpPort, apiUrl, port: 9, root: pki.root });
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
  const metrics = async () => (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return { bot: await start(), start, inbox, post, metrics, folder, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("who may speak to the bot", { timeout: 60_000 }, () => {
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

  test.each([
    ['{"type":"foo"}', "application/json"],
    ["{}", "application/json"],
    ["", "application/x-www-form-urlencoded"],
    ["", "application/json"],
  ])("a signed %j as %s that is no delivery is refused", async (body, type) => {
    await using lab = await setUp();
    expect(await lab.post(body, { ...signed(body), "content-type": type })).toBe(400);
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

describe("a delivery runs once", { timeout: 60_000 }, () => {
  test("the same signed request is answered and not run again, also by a bot started anew after a kill", async () => {
    await using lab = await setUp();
    const body = command("help", lab.inbox.url);
    const headers = signed(body);
    expect(await lab.post(body, headers)).toBe(200);
    expect(await lab.post(body, headers)).toBe(200);
    await lab.inbox.next(1);
    // A bot killed between its answer and the note that it gave it answers again: rather twice than never.
    await vi.waitFor(async () => expect(await lab.metrics()).toMatch(/^certops_work_in_flight 0$/m), 10_000);
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

describe("whatever is typed is answered", { timeout: 60_000 }, () => {
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
    ["show <!channel>", "Nothing here is called &lt;!channel&gt;."],
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
    const old = click("gone", "v", { user: "U0ANA", responseUrl: lab.inbox.url });
    expect(await lab.post(old, signed(old))).toBe(200);
    expect((await answer())?.text).toContain("older message");
  });
});

/** A Slack that answers everything at once, only not who is in a group: that it says when it is told to. */
async function slowSlack(): Promise<AsyncDisposable & { url: string; asked: Promise<unknown>; answer: () => void }> {
  const release = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const reply = (body: object) => response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (!request.url?.endsWith("usergroups.users.list")) return void reply({ ok: true, channel: "C0CERTS", ts: "1.1" });
    server.emit("asked");
    void release.promise.then(() => reply({ ok: true, users: ["U0BEN"] }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    asked: once(server, "asked"),
    answer: release.resolve,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

test("a click that was acknowledged is decided before a stop closes the store", { timeout: 60_000 }, async () => {
  await using slack = await slowSlack();
  await using lab = await setUp({ apiUrl: slack.url });
  const id = await asked(lab.folder);
  const approval = click("approve_request", id, { user: "U0BEN", responseUrl: lab.inbox.url });
  expect(await lab.post(approval, signed(approval))).toBe(200);
  await slack.asked;
  lab.bot.signal("SIGTERM");
  await lab.bot.line("stopping: what is under way is finished first");
  slack.answer();
  expect(await lab.bot.exited).toBe(0);

  await lab.start();
  expect(await traced(lab.folder, id)).toContain("U0BEN approved it");
});

describe("a click that was acknowledged outlives a kill", { timeout: 60_000 }, () => {
  test("an approval is made once by the next bot, also when it is delivered again, and its answer's address is forgotten", async () => {
    await using slack = await slowSlack();
    await using lab = await setUp({ apiUrl: slack.url });
    const id = await asked(lab.folder);
    const approval = click("approve_request", id, { user: "U0BEN", responseUrl: lab.inbox.url });
    const headers = signed(approval);
    expect(await lab.post(approval, headers)).toBe(200);
    await slack.asked;
    lab.bot.signal("SIGKILL");
    await lab.bot.exited;
    expect(unfinishedIn(lab.folder)).toEqual([expect.stringContaining(lab.inbox.url)]);

    slack.answer();
    const next = await lab.start();
    await next.line("cut off before, done now");
    expect(await lab.post(approval, headers)).toBe(200);
    await next.line("delivery repeated: acknowledged, not run again");
    await next.line("a request went on");
    expect((await traced(lab.folder, id)).match(/U0BEN approved it/g)).toHaveLength(1);
    expect(await traced(lab.folder, id)).not.toContain("already-");
    expect(lab.inbox.got).toEqual([]);

    next.signal("SIGKILL");
    await next.exited;
    expect(unfinishedIn(lab.folder)).toEqual([]);
  });

  test("/cert renew cut off before its answer makes no second request, and is answered as the first time", async () => {
    await using lab = await setUp({ mute: 1 });
    const body = command("renew service-a rehearsal", lab.inbox.url);
    expect(await lab.post(body, signed(body))).toBe(200);
    const [unheard] = await lab.inbox.next(1);
    lab.bot.signal("SIGKILL");
    await lab.bot.exited;

    const next = await lab.start();
    const [, heard] = await lab.inbox.next(2);
    const asked = /Asked for a renewal of service-a \(r-\w{8}\)/;
    expect(unheard?.text).toMatch(asked);
    expect(heard?.text.match(asked)?.[0]).toBe(unheard?.text.match(asked)?.[0]);
    await next.line("cut off before, done now");
  });
});

/** A renewal of service-a that an operator asked for: its id. */
async function asked(folder: BotFolder): Promise<string> {
  const { body } = await operate(folder, "/v1/cert", { args: ["renew", "service-a"], user: "operator:test" });
  return (body as { data: { request: { id: string } } }).data.request.id;
}

async function traced(folder: BotFolder, id: string): Promise<string> {
  const { body } = await operate(folder, "/v1/cert", { args: ["trace", id], user: "operator:test" });
  return (body as { text: string }).text;
}

/** What the store of a bot that is gone still has to do. */
function unfinishedIn(folder: BotFolder): unknown[] {
  const store = new DatabaseSync(folder.file("state/certops.db"), { readOnly: true });
  try {
    return store
      .prepare("SELECT work FROM deliveries WHERE work IS NOT NULL")
      .all()
      .map(({ work }) => work);
  } finally {
    store.close();
  }
}
