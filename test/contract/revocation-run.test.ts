import { describe, expect, test, vi } from "vitest";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { planFor } from "../../bot/domain/plan.ts";
import { renewalOf } from "../../bot/domain/revocation/revocation-request.ts";
import { takenBack } from "../../bot/domain/revocation/revoking.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { standingVerdict } from "../../bot/domain/standing-approval.ts";
import { Failure } from "../../bot/errors.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { renewFirst } from "../../bot/operations/revocation/renew-first.ts";
import { aCommit, approve, aRequest, aStore } from "../support/renewal-fixtures.ts";
import {
  aRevocationWorld,
  propose,
  revocationIn,
  type RevocationWorld,
  revoke,
  workOff,
} from "../support/revocation-world.ts";

const oldOnes = ({ world }: RevocationWorld) =>
  Object.values(world.instances)
    .map(({ serial }) => serial)
    .toSorted();

const aRevocable = async () => aRevocationWorld(await aStore(Date.now));
const actions = async ({ store }: RevocationWorld, id: string) =>
  (await store.audit.about(id)).map(({ action }) => action);

describe("a revocation", () => {
  test("renews first, then revokes the old ones, and is done when every instance holds the list", async () => {
    const of = await aRevocable();
    const old = oldOnes(of);
    const { id, state, receipt } = await revoke(of);
    expect(state).toBe("revoked");
    expect(of.vault.done).toEqual([...old.map((serial) => `revoke ${serial}`), "rebuild"]);
    expect(receipt).toMatchObject({
      renewal: renewalOf(id),
      serials: old.map((serial) => ({ serial, outcome: "revoked" })),
      holders: ["a-1", "a-2"].map((name) => ({
        endpoint: `service-a/${name}`,
        heldAt: expect.any(Number),
        problem: null,
      })),
      notes: [],
      problem: null,
    });
    expect(receipt?.steps.map(({ name }) => name)).toEqual([
      "requested",
      "approved",
      "renewed everywhere",
      "revoked in Vault",
      "in Vault's list",
      "held by every instance",
    ]);
    expect(takenBack([await revocationIn(of.store, id)]).get(old[0] ?? "")).toMatchObject({
      request: id,
      reason: "key-compromise",
    });
    const renewal = await of.store.requests.find(renewalOf(id));
    expect(renewal).toMatchObject({ kind: "renewal", state: "deployed", decidedBy: "U0BEN", requester: "U0ANA" });
    expect(of.world.vault.writes).toEqual([{ "a-1": renewalOf(id), "a-2": renewalOf(id) }]);
    expect(await actions(of, id)).toEqual([
      "request.pending",
      "request.approved",
      "job.started",
      "job.renewed",
      "job.taken-back",
      "job.listed",
      "request.revoked",
    ]);
    expect(await of.store.audit.verify()).toBeNull();
  });

  test("of an instance takes what that one served; all are renewed", async () => {
    const of = await aRevocable();
    const old = of.world.instances["a-2"]?.serial;
    const { state } = await revoke(of, { target: "a-2" });
    expect(state).toBe("revoked");
    expect([...of.vault.revoked]).toEqual([old]);
    expect(Object.keys(of.world.vault.writes[0] ?? {})).toEqual(["a-1", "a-2"]);
  });

  test.each([
    ["a service", false, 3],
    ["a serial", true, 1],
  ])("of %s: what was served in its place until the renewal goes too: %s", async (_of, bySerial, taken) => {
    const of = await aRevocable();
    const first = of.world.instances["a-1"]?.serial ?? "";
    const { state } = await revoke(of, bySerial ? { target: first } : {}, {
      async before() {
        const held = { "a-1": "g1", "a-2": "g0" };
        await of.world.vault.generations.write({ kind: "vault-agent", mount: "kv", path: "" }, held, 1);
        await vi.waitUntil(() => of.world.instances["a-1"]?.serial !== first);
      },
    });
    expect(state).toBe("revoked");
    expect(of.vault.revoked.size).toBe(taken);
    expect(of.vault.revoked).toContain(first);
  });

  test("revokes nothing where the renewal is not served everywhere", async () => {
    const of = await aRevocable();
    const second = of.world.instances["a-2"];
    if (second) second.agent = "is refused by the instance";
    const { state, receipt } = await revoke(of, {}, { renewal: { serveMs: 300 } });
    expect(state).toBe("failed");
    expect(of.vault.done).toEqual([]);
    expect(receipt?.problem).toMatch(/^r-\w+, which was to come first, ended as not-served: .*Nothing was revoked\.$/);
  });

  test("revokes nothing while an endpoint that certops does not renew shows one of them", async () => {
    const of = await aRevocable();
    const [first] = of.world.service.endpoints;
    if (!first) throw new Error("there is no endpoint");
    const elsewhere = { ...first, id: "10.0.0.9:443", service: null };
    const kept = of.needs.inventory;
    const old = await kept?.observations();
    const inventory = {
      certificate: kept?.certificate ?? (async () => null),
      observations: async () => (old ?? []).map((one) => ({ ...one, endpoint: elsewhere.id })),
    };
    const estate = { services: [of.world.service], endpoints: [elsewhere] };
    const { state, receipt } = await revoke(of, {}, { needs: { inventory, estate }, limits: { clearMs: 50 } });
    expect(state).toBe("failed");
    expect(of.vault.done).toEqual([]);
    expect(receipt?.problem).toMatch(/^10\.0\.0\.9:443 serves [0-9a-f:]+.*Nothing was revoked\.$/);
  });

  test("is not held where an instance keeps an older list, looks into none, or does not answer", async () => {
    const of = await aRevocable();
    of.holds["a-1"] = new Set();
    of.holds["a-2"] = null;
    const { state, receipt } = await revoke(of, {}, { limits: { holdMs: 100 } });
    expect(state).toBe("not-held");
    expect(receipt?.holders.map(({ problem }) => problem)).toEqual([
      "its list is an older one",
      "it checks no list, so whoever shows a revoked one is let in",
    ]);
    expect(receipt?.problem).toContain("a-1: its list is an older one; a-2: it checks no list");
  });

  test("asks a Vault that does not answer again", async () => {
    const of = await aRevocable();
    const down = () => new Failure("vault-down", "Vault does not answer.", "Start it.");
    of.vault.fails.push(down(), down());
    expect((await revoke(of)).state).toBe("revoked");
  });

  test("tells which are revoked when Vault refuses one in the middle", async () => {
    const of = await aRevocable();
    const [first = "", second = ""] = oldOnes(of);
    const revocations = {
      ...of.vault,
      revoke: async (mount: string, serial: string) => {
        if (serial === second) throw new Failure("vault-refused", "Vault refused it.", "Look.");
        return of.vault.revoke(mount, serial);
      },
    };
    const { state, receipt } = await revoke(of, {}, { needs: { revocations } });
    expect(state).toBe("failed");
    expect(receipt?.serials).toEqual([
      { serial: first, outcome: "revoked" },
      { serial: second, outcome: "valid" },
    ]);
    expect(receipt?.problem).toBe(`${second} could not be revoked: Vault refused it.`);
    expect([...of.vault.list]).toEqual([first]);
  });

  test("what had ended by itself is not waited for in any list", async () => {
    const of = await aRevocable();
    const revocations = { ...of.vault, revoke: async () => "expired" as const };
    const { state, receipt } = await revoke(of, {}, { needs: { revocations } });
    expect(state).toBe("revoked");
    expect(receipt?.serials.map(({ outcome }) => outcome)).toEqual(["expired", "expired"]);
    expect(receipt?.holders).toEqual([]);
  });

  test("does what a renewal that waits for a click asks for, and waits for one that is under way", async () => {
    const of = await aRevocable();
    const waiting = aRequest({ createdAt: Date.now(), expiresAt: Date.now() + 60_000 }, of.world.service);
    const pending = await revoke(
      of,
      {},
      { before: async () => void (await of.store.requests.open(waiting, aCommit())) },
    );
    expect(pending.state).toBe("revoked");
    expect(await of.store.requests.find(waiting.id)).toMatchObject({
      state: "void",
      receipt: { problem: `${pending.id} renews service-a anyway, and revokes the old ones.` },
    });

    const busy = await aRevocable();
    const before = () => approve(busy.store, { ...waiting, plan: planFor(busy.world.service) }, Date.now());
    expect((await revoke(busy, {}, { before })).state).toBe("revoked");
    expect(busy.world.vault.writes).toHaveLength(2);
    expect(await busy.store.requests.find(waiting.id)).toMatchObject({ state: "deployed" });
    expect(busy.vault.list.size).toBe(4);
  });

  test("by break-glass has its service renewed, and no standing approval takes that for what people approved", async () => {
    const of = await aRevocable();
    const dana = { users: ["U0DANA"], groups: [], rotas: [] };
    of.world.service.approval = { ...of.world.service.approval, breakGlass: dana };
    const asked = await propose(of);
    if (isRefusal(asked)) throw new Error(asked.message);
    const { id } = asked;
    await decideRequest(of.needs, { id, user: "U0DANA", verdict: "break-glass", reason: "the key is public" });
    const needs = { ...of.needs, inventory: inventory(of.store.db.withTables()) };
    await renewFirst(needs, await revocationIn(of.store, id), { startedAt: Date.now(), turnMs: 1_000 });
    const renewal = await of.store.requests.find(renewalOf(id));
    if (renewal?.kind !== "renewal") throw new Error("it was not asked for");
    expect(
      standingVerdict({ longestMs: 86_400_000, unasked: false }, renewal.plan, [{ ...renewal, state: "deployed" }]),
    ).toEqual({
      exceptions: ["nobody has approved a renewal of it yet that was deployed"],
    });
  });

  test("is void when the service's plan moved before it began, and waits in vain behind a freeze", async () => {
    const moved = await aRevocable();
    const services = new Map([["service-a", { ...moved.world.service, ttl: "3m" }]]);
    expect(await revoke(moved, {}, { needs: { services } })).toMatchObject({
      state: "void",
      receipt: { renewal: null, problem: "The plan moved since it was approved: ttl: 2m is now 3m." },
    });
    const frozen = await aRevocable();
    const freeze = { scope: "service-a", by: "U0ANA", reason: "audit", at: Date.now() };
    const requests = {
      ...frozen.store.requests,
      open: async (...args: Parameters<typeof frozen.store.requests.open>) => {
        await frozen.store.freezes.freeze(freeze, aCommit("freeze", "service-a", Date.now()));
        return frozen.store.requests.open(...args);
      },
    };
    const { state, receipt } = await revoke(frozen, {}, { needs: { requests }, limits: { turnMs: 100 } });
    expect(state).toBe("failed");
    expect(receipt?.problem).toContain("Another renewal of service-a, or a freeze, stood in its way");
    expect(frozen.vault.done).toEqual([]);
  });
});

describe("cut off", () => {
  const places = ["v started", "r started", "r written", "r deployed", "v renewed", "v taken-back", "v listed"];

  test.each(places)("at %s it goes on: one generation, and nothing revoked before it is served", async (place) => {
    const of = await aRevocable();
    const old = oldOnes(of);
    const cut = new AbortController();
    let served: boolean | null = null;
    const revocations = {
      ...of.vault,
      async revoke(mount: string, serial: string) {
        served ??= Object.values(of.world.instances).every((one) => !old.includes(one.serial));
        return of.vault.revoke(mount, serial);
      },
    };
    const onStep = ({ request, step }: { request: string; step: string }) => {
      if (`${request[0]} ${step}` === place) cut.abort();
    };
    const { id } = await revoke(of, {}, { needs: { revocations }, onStep, signal: cut.signal });
    expect(cut.signal.aborted).toBe(true);
    const { state, receipt } = await workOff(of, id, { needs: { revocations, owner: "bot-next" } });
    expect(state).toBe("revoked");
    expect(served).toBe(true);
    expect([...of.vault.list].toSorted()).toEqual(old);
    expect(receipt?.notes).toHaveLength(["v renewed", "v taken-back", "v listed"].includes(place) ? 1 : 0);
    expect(await of.store.requests.list({ kind: "renewal" })).toHaveLength(1);
    expect(of.world.vault.writes).toHaveLength(1);
    expect(await of.store.audit.verify()).toBeNull();
  });
});
