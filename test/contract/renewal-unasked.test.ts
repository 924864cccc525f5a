import { describe, expect, onTestFinished, test } from "vitest";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import type { Standing } from "../../bot/domain/approval-policy.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { freeze, thaw } from "../../bot/operations/freeze.ts";
import { renewUnasked } from "../../bot/operations/renew-unasked.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { anExpiryWorld, day, type ExpiryWorld, leaf } from "../support/expiry-world.ts";
import { aCommit, aRequest, aService, aStore, t0 } from "../support/renewal-fixtures.ts";
import { aWorld } from "../support/renewal-world.ts";
import { work } from "../support/run-once.ts";
import { shown } from "../support/view-fixtures.ts";

const standing: Standing = { longestMs: day, unasked: true };
const approval = { ...aService().approval, name: "production", standing };

/** Five days before its end, of a service whose policy approves what people approved before. */
async function aLateService({ vouched = true, askers = null as null | typeof nobody } = {}): Promise<ExpiryWorld> {
  const world = await anExpiryWorld();
  const { services } = world.estate;
  const policed = { ...approval, askers };
  world.estate = {
    ...world.estate,
    services: services.map((one) => (one.name === "service-a" ? { ...one, approval: policed } : one)),
  };
  if (vouched) {
    const people = { decidedBy: "U0BEN", decidedAt: t0 - 90 * day, approvals: [{ user: "U0BEN", at: t0 - 90 * day }] };
    const before = aRequest({ id: "r-before22", state: "deployed", createdAt: t0 - 90 * day, ...people });
    await world.store.requests.open(before, aCommit("before", before.id));
  }
  await world.serve(leaf("ending", 5), "service-a/a-1", "service-a/a-2");
  return world;
}
const nobody = { users: ["U0ANA"], groups: [], rotas: [] };

const asked = async ({ store }: ExpiryWorld): Promise<RenewalRequest[]> =>
  (await store.requests.list({ kind: "renewal" })).filter(({ requester }) => requester === "certops");

/** The work on it ends so. */
async function ends({ store, time }: ExpiryWorld, { id }: RenewalRequest, state: "deployed" | "not-served") {
  expect(await store.jobs.claim("bot", time.now, 1_000)).toMatchObject({ request: id });
  await store.jobs.finish(id, "bot", { state, receipt: null }, aCommit(`request.${state}`, id, time.now));
}

test("is renewed, proven on the wire, and has its receipt, as what somebody asked for", async () => {
  const world = await aWorld({ approval });
  const { service } = world;
  // Leaves of two minutes, as they are when most of that is over.
  const clock = () => Date.now() + 100_000;
  const store = await aStore(clock);
  const people = { decidedBy: "U0BEN", decidedAt: 1, approvals: [{ user: "U0BEN", at: 1 }] };
  const before = aRequest({ id: "r-before22", state: "deployed", createdAt: 1, ...people }, service);
  await store.requests.open(before, aCommit("before", before.id));
  const kept = inventory(store.db.withTables());
  for (const endpoint of service.endpoints) {
    const { observation, chain } = await world.probe(endpoint, 3_000);
    await kept.saveObservation({ ...observation, at: clock() }, chain);
  }
  const old = Object.values(world.instances).map(({ serial }) => serial);
  const needs = { ...store, inventory: kept, snoozes: snoozes(store.db.withTables()), clock };
  const estate = { services: [service], endpoints: [], within: half, staleAfterMs: 15_000 };
  await renewUnasked(needs, { thresholds: [half] }, estate);

  const [opened] = await store.requests.list({ states: ["approved"] });
  const { state, receipt, ...ended } = await work(store, world, opened?.id ?? "", { needs: { clock } });
  expect(state).toBe("deployed");
  expect(receipt?.instances.map(({ oldSerial }) => oldSerial)).toEqual(old);
  expect(receipt?.instances.map(({ newSerial }) => newSerial)).toEqual(
    Object.values(world.instances).map(({ serial }) => serial),
  );
  expect(receipt?.handshakes.failed).toBe(0);
  expect(shown(requestView({ ...ended, state, receipt }, { now: clock(), configured: true }))).toContain(
    "service-a renewed",
  );
  expect((await store.audit.about(ended.id)).map(({ action }) => action)).toEqual([
    "request.approved",
    "job.started",
    "job.written",
    "job.proven",
    "request.deployed",
  ]);
  expect(await store.audit.verify()).toBeNull();
});
const half = { kind: "share", share: 0.5 } as const;

describe("what its agent did not renew", () => {
  test("certops asks for and the policy approves, once, on the way every renewal goes", async () => {
    const world = await aLateService({ askers: nobody });
    await Promise.all([world.look(), world.look(), world.look()]);
    const [request, ...others] = await asked(world);
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      service: "service-a",
      reason: "a-1 still serves a certificate with at most 7 d left: its own automation has not renewed it.",
      state: "approved",
      decidedBy: "policy:production",
      decidedWhy: "Routine: as r-before22, which people approved.",
    });
    expect((await world.store.audit.about(request?.id ?? "")).map(({ actor, action }) => [actor, action])).toEqual([
      ["certops", "request.approved"],
    ]);
    // Nobody is troubled with a notice meanwhile.
    expect(await world.notices.standing()).toEqual([]);
    await ends(world, request as RenewalRequest, "deployed");
    world.time.now += 60_000;
    await world.serve(leaf("renewed", 90), "service-a/a-1", "service-a/a-2");
    await world.look();
    expect(await asked(world)).toHaveLength(1);
    expect(await world.notices.standing()).toEqual([]);
    expect(await world.store.audit.verify()).toBeNull();
  });

  test("stands in the channel as certops' own, with why nobody was asked", async () => {
    const world = await aLateService();
    const slack = await world.slack();
    onTestFinished(() => slack[Symbol.asyncDispose]());
    await world.look();
    const said = JSON.stringify(await slack.posted(/Renewing service-a/));
    expect(said).toContain("Asked by `certops`");
    expect(said).toContain("Routine: as r-before22, which people approved.");
  });

  test("and what went wrong then, people are asked for, once, with why it is an exception", async () => {
    const world = await aLateService();
    await world.look();
    const [first] = await asked(world);
    await ends(world, first as RenewalRequest, "not-served");
    await world.look();
    await world.look();
    const [again, ...others] = await asked(world);
    expect(others).toMatchObject([{ id: first?.id }]);
    expect(again).toMatchObject({
      state: "pending",
      remarks: [{ text: `No standing approval: the last renewal, ${first?.id}, ended as not-served.` }],
    });
    expect(await world.notices.standing()).toMatchObject([
      { notice: { renewal: { id: again?.id, state: "pending" } } },
    ]);
    await world.store.requests.move(again?.id ?? "", ["pending"], { state: "expired" }, aCommit("over", again?.id));
    world.time.now += 3_600_000;
    await world.serve(leaf("ending", 5), "service-a/a-1", "service-a/a-2");
    await world.look();
    expect(await asked(world)).toHaveLength(2);
  });

  test("people are asked for at once where nobody vouched for it before", async () => {
    const world = await aLateService({ vouched: false });
    await world.look();
    await world.look();
    expect(await asked(world)).toMatchObject([
      { state: "pending", remarks: [{ text: expect.stringContaining("nobody has approved a renewal of it yet") }] },
    ]);
  });

  test("waits while it is frozen, and while it is snoozed", async () => {
    const world = await aLateService();
    const needs = { ...world.needs(), groupsOf: async () => ["S0PLATFORM"] };
    const services = new Map(world.estate.services.map((one) => [one.name, one]));
    const who = { scope: "service-a", user: "U0BEN" };
    await freeze(needs, { ...who, reason: "audit" });
    await world.look();
    expect(await asked(world)).toEqual([]);
    await thaw({ ...needs, services }, who);
    const snooze = { subject: "service-a", by: "U0ANA", reason: "off on Friday", at: t0, until: t0 + 1_000 };
    await needs.snoozes.set(snooze, aCommit("snoozed"));
    await world.look();
    expect(await asked(world)).toEqual([]);
    world.time.now += 1_000;
    await world.look();
    expect(await asked(world)).toMatchObject([{ state: "approved" }]);
  });

  test("is nobody's business where the policy does not say so, or its agent was in time", async () => {
    const world = await aLateService();
    await world.serve(leaf("renewed", 90), "service-a/a-1", "service-a/a-2");
    await world.serve(leaf("b ending", 5, { names: ["service-b.example.com"] }), "service-b/b-1");
    await world.look();
    expect(await asked(world)).toEqual([]);
  });

  test.each(["before", "after"])("of a bot killed %s it was filed there is one", async (when) => {
    const world = await aLateService();
    const needs = world.needs();
    const { requests } = needs;
    const killed: typeof requests = {
      ...requests,
      async open(...opening) {
        if (when === "after") await requests.open(...opening);
        throw new Error("killed");
      },
    };
    await expect(renewUnasked({ ...needs, requests: killed }, world, world.estate)).rejects.toThrow("killed");
    await world.look();
    await world.look();
    expect(await asked(world)).toHaveLength(1);
    expect(await world.store.jobs.claim("bot", world.time.now, 1_000)).not.toBeNull();
    expect(await world.store.jobs.claim("other", world.time.now, 1_000)).toBeNull();
  });
});
