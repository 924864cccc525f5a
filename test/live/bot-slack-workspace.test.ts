import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../lab/slack/manifest.ts";
import type { Message } from "../../lab/slack/messages.ts";
import { SECRETS, startWorkspace } from "../contract/slack-fixture.ts";
import { BotProcess, type Config, operate, writeConfig } from "../support/bot-process.ts";
import { freePort, until } from "../support/service-process.ts";
import { click, replies, signed } from "../support/slack-requests.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";
import { httpsServer, tcpServer } from "../support/tls-server.ts";

const pki = await TestPki.create();
const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));

/** The stand-in with the app's real manifest, the bot beside it, one instance that serves, and no Vault. */
async function setUp(change: (config: Config) => void = () => {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const leaf = await pki.leaf("service-a.example.com", { ttl: 120, age: 0, generation: "g0" });
  const instance = stack.use(await httpsServer({ cert: leaf.chain, key: leaf.key }));
  const silent = stack.use(await tcpServer(() => {}));
  const httpPort = await freePort();
  const workspace = stack.use(
    await startWorkspace({ botUrl: `http://127.0.0.1:${httpPort}/slack/events`, manifest, rateLimits: false }),
  );
  const apiUrl = `${workspace.standIn.url}/api/`;
  const file = writeConfig(folder, { httpPort, apiUrl, port: instance.port, root: pki.root }, (config) => {
    config["endpoints"] = [{ host: "127.0.0.1", port: silent.port, serverName: "silent.example.com" }];
    change(config);
  });
  const start = async () =>
    stack.use(
      await BotProcess.start({
        CERTOPS_CONFIG: file,
        SLACK_BOT_TOKEN: SECRETS.botToken,
        SLACK_SIGNING_SECRET: SECRETS.signingSecret,
      }),
    );
  const bot = await start();
  const { act, messages } = workspace;

  /** What the person is told after typing that, and no one else sees. */
  const ask = async (text: string, user = "U0ANA", channel = "C0GENERAL") => {
    const before = (await messages(channel, user)).length;
    const done = await act("/command", { user, channel, text: `/cert ${text}` });
    expect(done).toMatchObject({ ok: true, status: 200 });
    return until(`the answer to ${text}`, async () => (await messages(channel, user))[before]);
  };
  /** The message of the request in its channel, once it looks like that. */
  const requestMessage = (look: string | RegExp) =>
    until(`a request that looks like ${look}`, async () => {
      const all = await messages("C0CERTS");
      const last = all.findLast(({ metadata }) => metadata?.event_type === "certops_request");
      return last && JSON.stringify(last).match(look) ? last : null;
    });
  const press = async (message: Message, action_id: string, user: string) => {
    const before = (await messages("C0CERTS", user)).length;
    const done = await act("/click", { user, channel: "C0CERTS", ts: message.ts, action_id });
    expect(done).toMatchObject({ ok: true });
    return { answer: () => until(`the answer to ${action_id}`, async () => (await messages("C0CERTS", user))[before]) };
  };
  const deny = async (message: Message) => {
    await act("/click", { user: "U0BEN", channel: "C0CERTS", ts: message.ts, action_id: "deny_request" });
    await workspace.fillIn("U0BEN", { text: "not now" });
  };
  const seen = () =>
    until("a-1 to be looked at", async () => {
      const { body } = await operate(folder, "/v1/cert", { args: ["show", "a-1"], user: "operator:test" });
      return JSON.stringify(body).includes(leaf.serial);
    });
  await seen();
  return {
    bot,
    start,
    folder,
    leaf,
    url: `http://127.0.0.1:${httpPort}/slack/events`,
    workspace,
    ask,
    requestMessage,
    press,
    deny,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const textOf = (message: Message) => JSON.stringify(message.blocks);

describe("/cert in Slack", { timeout: 60_000 }, () => {
  let lab: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    lab = await setUp();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test("expiring names the certificate, where, until when, and what is unknown apart from it", async () => {
    const answer = await lab.ask("expiring 1h");
    expect(answer.ephemeral).toBe(true);
    expect(textOf(answer)).toMatch(/✅ \*service-a\.example\.com\*  `service-a\/a-1`  \*in 1 m/);
    expect(textOf(answer)).toMatch(
      /<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC>/,
    );
    expect(textOf(answer)).toMatch(/\*Unknown: 1 endpoint\*\\n❔ `127\.0\.0\.1:\d+\/silent\.example\.com`/);
    expect(textOf(answer)).toMatch(/1 certificate · seen (just now|\d+ s ago)/);
    expect(answer.text).toMatch(/^Expiring within 1 h: 1 certificate; 1 endpoint unknown/);
  });

  test.each([
    ["expired", /Expired/],
    ["show service-a", /SHA-256/],
    ["host *.example.com", /service-a\.example\.com/],
    ["owner payments", /Owned by payments/],
    ["issuer test", /Issued by test/],
    ["serial 3e:0f", /No certificate with the serial 3e:0f is known/],
    ["chain service-a", /\*leaf\* `CN=service-a\.example\.com`/],
    ["why service-a", /answers, and accepts us/],
    ["why silent.example.com", /Cause:/],
    ["help", /\/cert freeze/],
  ])("%s is answered in blocks that Slack takes", async (text, said) => {
    expect(textOf(await lab.ask(text))).toMatch(said);
  });

  test("a freeze is said in the channel and in every answer until it is thawed", async () => {
    expect(textOf(await lab.ask("freeze service-a an incident", "U0BEN"))).toContain("Frozen: *service-a*");
    const told = (what: string) =>
      until(what, async () => (await lab.workspace.messages("C0CERTS")).some((one) => textOf(one).includes(what)));
    await told("❄️ <@U0BEN> froze *service-a*: an incident");
    expect(textOf(await lab.ask("expiring 1h"))).toContain(
      "❄️ *service-a* frozen by <@U0BEN>: certops starts nothing there",
    );
    expect(textOf(await lab.ask("renew service-a"))).toContain("service-a is frozen by <@U0BEN>: an incident");
    expect(textOf(await lab.ask("thaw service-a", "U0BEN"))).toContain("No longer frozen: *service-a*");
    await told("🌤️ <@U0BEN> thawed *service-a*");
    expect(textOf(await lab.ask("expiring 1h"))).not.toContain("Frozen");
  });

  test("a freeze of all is typed, told, holds every service, and is thawed", async () => {
    expect(textOf(await lab.ask("freeze all an audit", "U0BEN"))).toContain("Frozen: *everything*");
    const told = (what: string) =>
      until(what, async () => (await lab.workspace.messages("C0CERTS")).some((one) => textOf(one).includes(what)));
    await told("❄️ <@U0BEN> froze *everything*: an audit");
    expect(textOf(await lab.ask("renew service-a"))).toContain("All services are frozen by <@U0BEN>: an audit");
    expect(textOf(await lab.ask("thaw all", "U0BEN"))).toContain("No longer frozen: *everything*");
    await told("🌤️ <@U0BEN> thawed *everything*");
  });

  test("the Home tab shows what needs attention, and its form offers the services", async () => {
    const { act, home, views } = lab.workspace;
    await act("/home", { user: "U0ANA" });
    const view = await until("a Home tab", () => home("U0ANA"));
    expect(JSON.stringify(view)).toContain("What needs attention");
    await act("/click", { user: "U0ANA", view_id: view.id, block_id: "offers", action_id: "renewal_form" });
    const form = await until("the form", async () => (await views("U0ANA"))[0]);
    const menu = { user: "U0ANA", view_id: form.id, block_id: "service", action_id: "managed_services" };
    expect(await act("/suggest", { ...menu, value: "ser" })).toMatchObject({
      offered: { options: [{ value: "service-a" }] },
    });
  });
});

describe("an approval", { timeout: 60_000 }, () => {
  let lab: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    lab = await setUp();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test("goes from the plan to a denial; who may not decide is told who may, and a later click who did", async () => {
    expect(textOf(await lab.ask("renew service-a before the <!here> audit"))).toMatch(
      /Asked for a renewal of service-a/,
    );
    const message = await lab.requestMessage("Renew service-a");
    const plan = textOf(message);
    for (const part of [
      "<@U0ANA>",
      "before the &lt;!here&gt; audit",
      "pki/service-a",
      "2m",
      "EC P-256",
      "kv/certops/service-a",
    ])
      expect(plan).toContain(part);
    expect(plan).toContain(lab.leaf.serial.slice(0, 11));
    expect(plan).toContain("<!subteam^S0PLATFORM> may decide until");
    const request = message.metadata?.event_payload["request"];

    const own = await lab.press(message, "approve_request", "U0ANA");
    expect(textOf(await own.answer())).toContain("is your own request");
    const stranger = await lab.press(message, "approve_request", "U0DANA");
    expect(textOf(await stranger.answer())).toContain("Ask a member of <!subteam^S0PLATFORM>");

    await lab.deny(message);
    const decided = await lab.requestMessage("Denied by <@U0BEN>");
    expect(decided.ts).toBe(message.ts);
    expect(textOf(decided)).not.toContain("approve_request");

    // Slack has nothing to click on any more; a click that was on its way is answered all the same.
    await using inbox = await replies();
    const late = click("approve_request", String(request), { user: "U0CHEN", responseUrl: inbox.url });
    const headers = signed(late, { secret: SECRETS.signingSecret });
    expect((await fetch(lab.url, { method: "POST", body: late, headers })).status).toBe(200);
    expect((await inbox.next(1))[0]?.text).toMatch(/was already denied by <@U0BEN>.* Your click changed nothing/);
    expect(textOf(await lab.ask(`trace ${String(request)}`))).toContain("You may not decide requests for service-a");
  });
});

describe("a request whose message is gone", { timeout: 60_000 }, () => {
  test("stands in the channel again, with its buttons, when somebody asks for the same renewal", async () => {
    await using lab = await setUp();
    await lab.ask("renew service-a");
    const first = await lab.requestMessage("Renew service-a");
    const { messages } = lab.workspace.standIn.workspace;
    for (const message of messages.inChannel("C0CERTS")) messages.remove(message);

    expect(textOf(await lab.ask("renew service-a"))).toContain("already asks for a renewal");
    const again = await lab.requestMessage("approve_request");
    expect(again.ts).not.toBe(first.ts);
    expect(again.metadata).toEqual(first.metadata);
    // From now on this one is the request's message.
    await lab.deny(again);
    expect((await lab.requestMessage("Denied by <@U0BEN>")).ts).toBe(again.ts);
  });
});

describe("Slack as it is on a bad day", { timeout: 60_000 }, () => {
  test("an answer that is lost does not post the message twice, a rate limit only delays it", async () => {
    await using lab = await setUp();
    await lab.workspace.act("/fault", { kind: "lose_answer", method: "chat.postMessage", times: 1 });
    await lab.ask("renew service-a");
    const message = await lab.requestMessage("Renew service-a");
    await lab.workspace.act("/fault", { kind: "rate_limit", method: "chat.update", times: 1, retryAfter: 1 });
    await lab.deny(message);
    const denied = await lab.requestMessage("denied");
    expect(denied.ts).toBe(message.ts);
    const all = await lab.workspace.messages("C0CERTS");
    expect(all.filter(({ metadata }) => metadata?.event_type === "certops_request")).toHaveLength(1);
  });

  test("a request asked for while Slack is away stands in the channel when it is back, also after a kill", async () => {
    await using lab = await setUp();
    await lab.workspace.act("/fault", { kind: "drop", method: "chat.postMessage", times: 2 });
    const asked = await operate(lab.folder, "/v1/cert", { args: ["renew", "service-a"], user: "operator:test" });
    expect(asked.body).toMatchObject({ ok: true });
    lab.bot.signal("SIGKILL");
    await lab.bot.exited;
    await lab.start();
    const message = await lab.requestMessage("Renew service-a");
    expect(textOf(message)).toContain("operator `test`");
  });

  test("without the directory nobody is an approver", async () => {
    await using lab = await setUp();
    await lab.ask("renew service-a");
    const message = await lab.requestMessage("Renew service-a");
    await lab.workspace.act("/fault", {
      kind: "error",
      method: "usergroups.users.list",
      times: 1,
      error: "fatal_error",
    });
    const click = await lab.press(message, "approve_request", "U0BEN");
    expect(textOf(await click.answer())).toContain("directory-unavailable");
    expect(textOf(await lab.requestMessage("Renew service-a"))).toContain("approve_request");
  });

  test("a request that nobody decides in time says so", async () => {
    await using lab = await setUp((config) => {
      config.services["service-a"] = {
        ...config.services["service-a"],
        approval: { role: "approver", deadline: "1s" },
      };
    });
    await lab.ask("renew service-a");
    expect(textOf(await lab.requestMessage("expired"))).toContain("Nobody decided before");
  });
});

describe("a stop", { timeout: 60_000 }, () => {
  test("on SIGTERM what was acknowledged is answered first, and the bot ends well", async () => {
    await using lab = await setUp();
    const answer = lab.ask("why silent.example.com");
    await until("the command to be delivered", async () => (await lab.workspace.deliveries()).length > 0);
    lab.bot.signal("SIGTERM");
    expect(textOf(await answer)).toContain("Cause:");
    expect(await lab.bot.exited).toBe(0);
    expect(lab.bot.stdout).not.toContain(SECRETS.botToken);
    expect(lab.bot.stdout).not.toContain(SECRETS.signingSecret);
  });
});
