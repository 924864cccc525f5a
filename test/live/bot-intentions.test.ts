import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../lab/slack/manifest.ts";
import type { Message } from "../../lab/slack/messages.ts";
import { SECRETS, startWorkspace } from "../contract/slack-fixture.ts";
import { BotProcess, operate, writeConfig } from "../support/bot-process.ts";
import { certops } from "../support/certops.ts";
import { pair } from "../support/intention-fixtures.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { freePort, until } from "../support/service-process.ts";
import { click, command, replies, signed } from "../support/slack-requests.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";

const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));

/** The bot beside a real Consul, in a workspace that has the app's manifest. */
async function setUp() {
  const owned = new AsyncDisposableStack();
  const folder = owned.use(temporaryFolder());
  const world: MeshWorld = owned.use(await aMeshWorld());
  const inbox = owned.use(await replies());
  const [httpPort, pki] = [await freePort(), await TestPki.create()];
  const botUrl = `http://127.0.0.1:${httpPort}/slack/events`;
  const workspace = owned.use(await startWorkspace({ botUrl, manifest, rateLimits: false }));
  const apiUrl = `${workspace.standIn.url}/api/`;
  const file = writeConfig(folder, { httpPort, apiUrl, port: 9, root: pki.root }, (config) => {
    config["consul"] = { address: world.consul.address, caFile: "root.pem", tokenFile: world.tokenFile };
    config["mesh"] = {
      services: ["service-a", "service-b"],
      approval: { role: "approver", deadline: "1h" },
      probes: [{ ...pair, url: world.page }],
    };
  });
  const environment = {
    CERTOPS_CONFIG: file,
    SLACK_BOT_TOKEN: SECRETS.botToken,
    SLACK_SIGNING_SECRET: SECRETS.signingSecret,
  };
  const bots: BotProcess[] = [];
  const start = async () => {
    const bot = owned.use(await BotProcess.start(environment));
    bots.push(bot);
    await until("Slack", async () => bot.lines.some(({ msg }) => msg === "connected to Slack"));
    return bot;
  };
  await start();
  const { act, messages } = workspace;
  const typed = async (text: string, user = "U0ANA") => {
    const before = (await messages("C0GENERAL", user)).length;
    expect(await act("/command", { user, channel: "C0GENERAL", text })).toMatchObject({ ok: true });
    return until(`the answer to ${text}`, async () => (await messages("C0GENERAL", user))[before]);
  };
  /** The message of the latest request, once its fallback text looks like that. */
  const latest = (look: RegExp) =>
    until(`a request that looks like ${look}`, async () => {
      const all = (await messages("C0CERTS")).filter(({ metadata }) => metadata?.event_type === "certops_request");
      const last = all.at(-1);
      return last?.text.match(look) ? last : null;
    });
  const press = ({ ts }: Message, action_id: string, user: string) =>
    act("/click", { user, channel: "C0CERTS", ts, action_id });
  const whispered = (user: string, words: string) =>
    until(`${user} to be told ${words}`, async () =>
      (await messages("C0CERTS", user)).some((one) => one.ephemeral && one.text.includes(words)),
    );
  const post = async (body: string, secret: string) =>
    (await fetch(botUrl, { method: "POST", body, headers: signed(body, { secret }) })).status;
  return {
    folder,
    world,
    inbox,
    workspace,
    environment,
    botUrl,
    start,
    /** The one that was started last. */
    bot: () => bots.at(-1),
    typed,
    latest,
    press,
    whispered,
    post,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

let lab: Awaited<ReturnType<typeof setUp>>;
beforeAll(async () => {
  lab = await setUp();
  await lab.world.seed("allow");
});
afterAll(() => lab[Symbol.asyncDispose]());

const idOf = ({ metadata }: Message) => (metadata?.event_payload as { request: string } | undefined)?.request ?? "";

describe("an intention by approval, in Slack", () => {
  test("ana asks, may not approve, dana may not, ben does: the call is refused, and the same message is the receipt", async () => {
    const answer = await lab.typed("/mesh deny service-a service-b incident 12");
    expect(answer).toMatchObject({ ephemeral: true });
    expect(answer.text).toMatch(/^🔏 Asked for service-a → service-b to be denied \(i-\w{8}\)/);
    const asked = await lab.latest(/^🔏 Deny service-a → service-b\?/);
    await lab.press(asked, "approve_request", "U0ANA");
    await lab.whispered("U0ANA", "is your own request");
    await lab.press(asked, "approve_request", "U0DANA");
    await lab.whispered("U0DANA", "You may not decide requests for service-a → service-b.");
    expect((await lab.world.own())?.action).toBe("allow");

    await lab.press(asked, "approve_request", "U0BEN");
    const receipt = await lab.latest(/^⛔ service-a → service-b denied/);
    expect(receipt.ts).toBe(asked.ts);
    expect(receipt.text).toMatch(/Consul refuses the call, and it is refused, seen [\d.]+ m?s after the write/);
    expect(await (await fetch(lab.world.page)).text()).toContain("Outcome: refused");
    expect(await lab.world.own()).toEqual({
      ...pair,
      action: "deny",
      description: `by certops: request ${idOf(asked)}, approved by U0BEN`,
    });
  });

  test("why names it in Slack, and in a terminal; so does /cert why of the service", async () => {
    const why = JSON.stringify((await lab.typed("/mesh why service-a service-b")).blocks);
    expect(why).toContain("is denied by the intention `service-a → service-b` (deny), set by `i-");
    expect(why).toMatch(/asked by <@U0ANA> \(incident 12\), approved by <@U0BEN> · <!date\^/);
    expect((await lab.typed("/cert why service-a")).text).toContain(
      "service-a → service-b is denied by the intention service-a → service-b",
    );
    const list = JSON.stringify((await lab.typed("/mesh intentions")).blocks);
    expect(list).toContain("⛔ `service-a → service-b`  *deny* · set by `i-");
    expect(list).toContain("⛔ `* → service-b`  *deny* · set from a file or by hand");

    const told = await certops(["mesh", "why", "service-a", "service-b"], lab.environment);
    expect(told).toMatchObject({ status: 0, stderr: "" });
    expect(told.stdout).toContain("denied by the intention service-a → service-b");
    expect(told.stdout).toMatch(/set by i-\w{8}: asked by U0ANA, approved by U0BEN at 20/);
    expect((await certops(["mesh", "deny", "service-a", "service-b"], lab.environment)).stdout).toContain(
      "service-a → service-b is denied already.",
    );
    expect(await certops(["mesh", "intentons"], lab.environment)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("Did you mean certops mesh intentions?"),
    });
  });

  test("the trace of an intention, its audit, and the metrics of both kinds", async () => {
    const asked = await lab.latest(/^⛔/);
    const trace = JSON.stringify((await lab.typed(`/cert trace ${idOf(asked)}`)).blocks);
    for (const said of ["asked for it", "approved it", "written to Consul: deny", "its call to service-b is refused"]) {
      expect(trace).toContain(said);
    }
    expect(trace).toContain("holds service-a → service-b: deny now, by this request");
    const metrics = await (await fetch(new URL("/metrics", lab.botUrl))).text();
    expect(metrics).toMatch(/^certops_requests\{kind="intention",state="enforced"\} 1$/m);
    await lab.workspace.act("/home", { user: "U0ANA" });
    expect(await until("a Home tab", () => lab.workspace.home("U0ANA"))).toMatchObject({ type: "home" });
  });

  test("a click signed by another, and one repeated, decide nothing more", async () => {
    await lab.typed("/mesh allow service-a service-b over");
    const asked = await lab.latest(/^🔏 Allow service-a → service-b\?/);
    const body = click("approve_request", idOf(asked), { user: "U0BEN", responseUrl: lab.inbox.url });
    expect(await lab.post(body, "another secret")).toBe(401);
    expect(await lab.post(body, SECRETS.signingSecret)).toBe(200);
    const receipt = await lab.latest(
      /^✅ service-a → service-b allowed: Consul lets the call through, and it is answered/,
    );
    expect(receipt.ts).toBe(asked.ts);
    expect(await lab.post(body, SECRETS.signingSecret)).toBe(200);
    const { body: trace } = await operate(lab.folder, "/v1/cert", {
      args: ["trace", idOf(asked)],
      user: "operator:test",
    });
    expect((trace as { text: string }).text.match(/U0BEN approved it/g)).toHaveLength(1);
    expect(lab.inbox.got).toEqual([]);
  });

  test("approving what somebody set by hand meanwhile makes it void, and says what moved", async () => {
    await lab.typed("/mesh deny service-a service-b drill");
    const asked = await lab.latest(/^🔏 Deny/);
    await lab.world.seed(null);
    await lab.press(asked, "approve_request", "U0BEN");
    await lab.whispered("U0BEN", "service-a → service-b: allow is now no intention of its own");
    const ended = await lab.latest(/^🚫 service-a → service-b: void/);
    expect(ended.ts).toBe(asked.ts);
    expect(await lab.world.own()).toBeNull();
  });

  test("a Consul that stands still is told as such, and the request is not lost", async () => {
    await lab.typed("/mesh allow service-a service-b again");
    const asked = await lab.latest(/^🔏 Allow/);
    await paused(lab.world.consul.child);
    try {
      await lab.press(asked, "approve_request", "U0BEN");
      await lab.whispered("U0BEN", "Nothing was decided.");
      expect((await lab.typed("/mesh intentions")).text).toContain("cannot be reached: no answer before the deadline.");
    } finally {
      lab.world.consul.child.resume();
    }
    await lab.press(asked, "approve_request", "U0BEN");
    expect((await lab.latest(/^✅ service-a → service-b allowed/)).ts).toBe(asked.ts);
  });

  test("/mesh cut off before its answer is /mesh again at the next start, and asks for nothing twice", async () => {
    const body = command("deny service-a service-b rehearsal", "http://127.0.0.1:9/", { command: "/mesh" });
    await paused(lab.world.consul.child);
    expect(await lab.post(body, SECRETS.signingSecret)).toBe(200);
    lab.bot()?.signal("SIGKILL");
    await lab.bot()?.exited;
    lab.world.consul.child.resume();
    const next = await lab.start();
    const asked = await lab.latest(/^🔏 Deny service-a → service-b\?.*rehearsal/);
    await lab.press(asked, "deny_request", "U0BEN");
    await lab.workspace.fillIn("U0BEN", { text: "not now" });
    await lab.latest(/^✋ service-a → service-b stays as it is: Denied by <@U0BEN>/);
    expect(next.lines.filter(({ msg }) => msg === "certops is up")).toHaveLength(1);
  });
});
