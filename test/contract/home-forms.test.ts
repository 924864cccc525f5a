import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import { refuse } from "../../bot/domain/refusal.ts";
import { Failure } from "../../bot/errors.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { aHomeWorld, type HomeWorld } from "../support/home-world.ts";
import { signed } from "../support/slack-requests.ts";
import { row } from "../support/view-fixtures.ts";
import { SECRETS } from "./slack-fixture.ts";

let world: HomeWorld;
beforeEach(async () => {
  world = await aHomeWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
});

/** Opens a form from the Home tab as ana. */
async function form(action: string, look: RegExp) {
  await world.open("U0ANA", new RegExp(action));
  await world.press("U0ANA", action);
  return world.modal("U0ANA", look);
}

/** Types into a menu of the form. */
const type = (view: { id: string }, block_id: string, action_id: string, value: string) =>
  world.bot.workspace.act("/suggest", { user: "U0ANA", view_id: view.id, block_id, action_id, value });

const submit = (view: { id: string }, values: Record<string, Record<string, string>>) =>
  world.bot.workspace.act("/submit", { user: "U0ANA", view_id: view.id, values });

const renewals = () => world.store.requests.list({ kind: "renewal" });
const menu = "managed_services";

async function renew(service: string, reason = "the audit") {
  const view = await form("renewal_form", /Which service/);
  await type(view, "service", menu, "");
  return { view, answer: await submit(view, { service: { [menu]: service }, reason: { value: reason } }) };
}

const named = (answer: object) =>
  (answer as { offered: { options: { value: string }[] } }).offered.options.map(({ value }) => value);

describe("the form of a renewal", { timeout: 30_000 }, () => {
  test("offers the managed services at once, and fewer with each letter", async () => {
    const view = await form("renewal_form", /Which service/);
    expect(named(await type(view, "service", menu, ""))).toEqual(["ledger", "service-a", "service-b"]);
    expect(named(await type(view, "service", menu, "serv"))).toEqual(["service-a", "service-b"]);
    expect(named(await type(view, "service", menu, "e-b"))).toEqual(["service-b"]);
    expect(named(await type(view, "service", menu, "PAYMENTS"))).toEqual(["ledger", "service-a", "service-b"]);
    expect(named(await type(view, "service", menu, "servce-a"))).toEqual(["service-a"]);
    expect(named(await type(view, "service", menu, "nothing of the kind"))).toEqual([]);
  });

  test("says beside a service whose it is, and whether it is asked for already", async () => {
    await world.asked("service-a", "U0CHEN");
    const view = await form("renewal_form", /Which service/);
    expect(await type(view, "service", menu, "service-a")).toMatchObject({
      offered: { options: [{ description: { text: "payments · 2 instances · asked for already" } }] },
    });
  });

  test("filled in well it closes, the request stands in the channel, and who asked is told under it", async () => {
    const { answer } = await renew("service-a");
    expect(answer).toMatchObject({ ok: true });
    expect(await world.bot.workspace.views("U0ANA")).toEqual([]);
    const { blocks } = await world.home("U0ANA", /Asked for a renewal of service-a/);
    const [request] = await renewals();
    expect(request).toMatchObject({ service: "service-a", requester: "U0ANA", reason: "the audit", state: "pending" });
    const told = blocks.findIndex(({ block_id }) => block_id === "note");
    expect(blocks[told - 1]?.block_id).toBe(`decide-${request?.id}`);
    await world.bot.posted(/Renew service-a\?/);
  });

  test("what it is for is quoted whole: no line of it stands beside the words of certops", async () => {
    await renew("service-a", "  routine\n\n✅ *Checked by* certops\u2028and so on ");
    expect(await renewals()).toMatchObject([{ reason: "routine ✅ *Checked by* certops and so on" }]);
    const { blocks } = await world.bot.posted(/Renew service-a\?/);
    expect(JSON.stringify(blocks)).toContain(">routine ✅ *Checked by* certops and so on");
  });

  test("opened beside a certificate that ends soon it has chosen its service", async () => {
    world.rows = [{ ...row(0), service: "ledger" }];
    await world.open("U0ANA", /renewal_form/);
    await world.press("U0ANA", "renewal_form", "ledger");
    const view = await world.modal("U0ANA", /"initial_option":\{[^}]*\}[^}]*"value":"ledger"/);
    expect(await submit(view, { reason: { value: "it ends soon" } })).toMatchObject({ ok: true });
    await world.home("U0ANA", /asked for in `r-/);
    expect(await renewals()).toMatchObject([{ service: "ledger", reason: "it ends soon" }]);
  });

  test("what is wrong is told at its field, and mended it is taken", async () => {
    const view = await form("renewal_form", /Which service/);
    await type(view, "service", menu, "");
    const wrong = { service: { [menu]: "service-a" }, reason: { value: "   " } };
    const like = world.services.get("service-a");
    world.services.delete("service-a");
    expect(await submit(view, wrong)).toMatchObject({
      ok: false,
      error: "refused_by_app",
      errors: {
        service: "There is no service service-a. Did you mean service-b?",
        reason: "Why? Say in a few words what it is for: who approves it has to know.",
      },
    });
    if (like) world.services.set("service-a", { ...like, endpoints: [] });
    expect(await submit(view, wrong)).toMatchObject({
      errors: { service: expect.stringContaining("certops.yaml lists no endpoint of service-a") },
    });
    expect(await renewals()).toEqual([]);
    if (like) world.services.set("service-a", like);
    expect(await submit(view, { reason: { value: "the audit" } })).toMatchObject({ ok: true });
    await world.bot.posted(/Renew service-a\?/);
  });

  test.each([
    ["frozen", /service-a is frozen by <@U0CHEN>: an incident/],
    ["asked for already", /already asks for a renewal of service-a, by <@U0CHEN>/],
  ])(
    "left open until the service is %s: that is said over it, and it is there as it was filled in",
    async (what, said) => {
      const view = await form("renewal_form", /Which service/);
      await type(view, "service", menu, "");
      const freezing = { scope: "service-a", user: "U0CHEN", reason: "an incident" };
      if (what === "frozen") await freeze({ freezes: world.store.freezes, clock: Date.now }, freezing);
      else await world.asked("service-a", "U0CHEN");
      const before = (await renewals()).length;
      expect(await submit(view, { service: { [menu]: "service-a" }, reason: { value: "the audit" } })).toMatchObject({
        ok: true,
      });
      const [under, over] = await world.bot.workspace.views("U0ANA");
      expect(JSON.stringify(over)).toMatch(said);
      expect(under?.id).toBe(view.id);
      expect(JSON.stringify(under?.state)).toContain("the audit");
      expect(await renewals()).toHaveLength(before);
    },
  );

  test("who may not ask for it is told so over it", async () => {
    const service = world.services.get("service-a");
    if (service === undefined) throw new Error("no service-a");
    const askers = { users: ["U0CHEN"], groups: [], rotas: [] };
    world.services.set("service-a", { ...service, approval: { ...service.approval, askers } });
    await renew("service-a");
    expect(JSON.stringify((await world.bot.workspace.views("U0ANA")).at(-1))).toContain(
      "You may not ask for a renewal of service-a.",
    );
    expect(await renewals()).toEqual([]);
  });

  test("what breaks while it is worked is told, though Slack gives no place for it", async () => {
    world.desk.renew = () => Promise.reject(new Failure("store-full", "The disk is full.", "Free some space."));
    const { answer } = await renew("service-a");
    expect(answer).toMatchObject({ ok: true });
    await world.home("U0ANA", /⚠️ The disk is full\.\\nFree some space\./);
  });

  test("what was cut off in its midst is done once by the next bot, and told", async () => {
    const kept = deliveries(world.store.db.withTables());
    const fields = { service: "ledger", reason: "the audit" };
    await kept.first(["trigger_id:t1"], Date.now(), { kind: "renewal-form", user: "U0ANA", fields });
    await world.bot.replay();
    await world.home("U0ANA", /Asked for a renewal of ledger/);
    await kept.first(["trigger_id:t2"], Date.now() - 60_000, { kind: "renewal-form", user: "U0ANA", fields });
    await world.bot.replay();
    expect(await renewals()).toHaveLength(1);
    expect(await world.bot.unfinished()).toEqual([]);
  });
});

describe("a menu", { timeout: 30_000 }, () => {
  const ask = (payload: object, at = Date.now()) => {
    const body = new URLSearchParams({ payload: JSON.stringify({ type: "block_suggestion", ...payload }) }).toString();
    return { body, headers: signed(body, { secret: SECRETS.signingSecret, at }) };
  };
  const post = async (request: ReturnType<typeof ask>) => {
    const response = await fetch(world.bot.url, { method: "POST", ...request });
    return { status: response.status, body: await response.json().catch(() => null) };
  };
  const by = { user: { id: "U0ANA" }, team: { id: "T0LAB" }, block_id: "service" };

  test("the same signed question a second time is offered nothing", async () => {
    const asked = ask({ ...by, action_id: menu, value: "led" });
    expect(await post(asked)).toMatchObject({ status: 200, body: { options: [{ value: "ledger" }] } });
    expect(await post(asked)).toEqual({ status: 200, body: { options: [] } });
  });

  test("one that nobody knows has nothing, and one that is dated ahead no answer", async () => {
    expect(await post(ask({ ...by, action_id: "unheard_of", value: "a" }))).toEqual({
      status: 200,
      body: { options: [] },
    });
    const ahead = ask({ ...by, action_id: menu, value: "a" }, Date.now() + 600_000);
    expect(await post(ahead)).toMatchObject({ status: 401 });
  });

  test("of a thousand services a hundred are offered", async () => {
    const like = world.services.get("ledger");
    for (let index = 0; index < 1_000; index += 1)
      if (like) world.services.set(`many-${index}`, { ...like, name: `many-${index}` });
    const view = await form("renewal_form", /Which service/);
    expect(named(await type(view, "service", menu, "many"))).toHaveLength(100);
  });
});

describe("the form of an intention", { timeout: 30_000 }, () => {
  const inMesh = "mesh_services";
  const filled = { source: "service-a", destination: "service-b", action: "deny", reason: "an incident" };

  async function ask(fields: Partial<typeof filled> = {}) {
    const view = await form("intention_form", /Who calls/);
    for (const field of ["source", "destination"]) await type(view, field, inMesh, "");
    const { source, destination, action, reason } = { ...filled, ...fields };
    return submit(view, {
      source: { [inMesh]: source },
      destination: { [inMesh]: destination },
      action: { value: action },
      reason: { value: reason },
    });
  }
  const intentions = () => world.store.requests.list({ kind: "intention" });

  test("is asked in the channel, and told at Home", async () => {
    world.intentions = [{ source: "service-a", destination: "service-b", action: "allow", description: "" }];
    expect(await ask()).toMatchObject({ ok: true });
    await world.home("U0ANA", /Asked for service-a → service-b to be denied/);
    await world.bot.posted(/Deny service-a → service-b\?/);
    expect(await intentions()).toMatchObject([{ requester: "U0ANA", plan: { action: "deny", before: "allow" } }]);
  });

  test.each([
    [{ destination: "service-a" }, "destination", "service-a needs no leave to call itself."],
    [{ reason: " " }, "reason", "Why?"],
  ])("%j is refused at %s", async (fields, field, said) => {
    expect(await ask(fields)).toMatchObject({ ok: false, errors: { [field]: expect.stringContaining(said) } });
    expect(await intentions()).toEqual([]);
  });

  test("what is so already is said at the choice; a Consul that is away over the form", async () => {
    world.intentions = [{ source: "service-a", destination: "service-b", action: "deny", description: "" }];
    expect(await ask()).toMatchObject({ errors: { action: expect.stringContaining("is denied already") } });
    world.consulIsAway = true;
    expect(await ask()).toMatchObject({ ok: true });
    expect(JSON.stringify(await world.modal("U0ANA", /Not asked yet/))).toContain("Consul cannot be reached.");
    expect(await intentions()).toEqual([]);
  });
});

describe("the firewall's form", { timeout: 30_000 }, () => {
  const filled = { from: "service-a", to: "service-b", ports: "tcp/8443", reason: "the nightly export" };
  const values = Object.fromEntries(Object.entries(filled).map(([field, value]) => [field, { value }]));

  test("from the Home tab is answered there", async () => {
    const view = await form("firewall_form", /Who is to be let through/);
    expect(await submit(view, values)).toMatchObject({ ok: true });
    await world.home("U0ANA", /Asked for .*service-a → service-b/);
    await world.bot.posted(/Open service-a → service-b tcp\/8443\?/);
  });

  test("left open so long that Slack takes no answer where the command was typed is answered at Home: nothing is lost", async () => {
    await world.bot.workspace.act("/command", { user: "U0ANA", channel: "C0GENERAL", text: "/firewall request" });
    const view = await world.modal("U0ANA", /Who is to be let through/);
    const { responseUrl } = JSON.parse(view.private_metadata ?? "{}") as { responseUrl: string };
    for (let use = 0; use < 5; use += 1)
      await fetch(responseUrl, { method: "POST", body: JSON.stringify({ text: "used up" }) });
    world.ground.learns = refuse("cts-down", "CTS does not answer.", "See whether it runs.");
    expect(await submit(view, values)).toMatchObject({ ok: true });
    await world.home("U0ANA", /CTS does not answer/);
  });
});
