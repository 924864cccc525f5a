import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { requestId } from "../../bot/adapters/request-id.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { proposeIntention, type WantedIntention } from "../../bot/operations/propose-intention.ts";
import { anIntention, pair } from "../support/intention-fixtures.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { aCommit, aStore, t0 } from "../support/renewal-fixtures.ts";

let world: MeshWorld;
beforeAll(async () => {
  world = await aMeshWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  world.sidecars = "obey Consul";
  await world.seed("allow");
});

const id = "i-abcd2345";

function propose(store: Store, wanted: Partial<WantedIntention> = {}, mesh: Mesh = world.mesh, newId = () => id) {
  const services = new Map([
    ["service-a", null],
    ["service-b", null],
    ["billing", null],
  ]);
  return proposeIntention(
    { ...store, groupsOf: async () => [], mesh, services, clock: () => t0, newId },
    { ...pair, action: "deny", requester: "U0ANA", reason: "incident 12", ...wanted },
  );
}

describe("asking for an intention", () => {
  test("opens a pending request with what stands now beside it, its audit row and its message", async () => {
    const store = await aStore();
    const request = await propose(store);
    expect(request).toEqual(
      anIntention({
        reason: "incident 12",
        evidence: {
          allowed: true,
          ruling: { ...pair, action: "allow" },
          call: { outcome: "answered", why: null },
        },
      }),
    );
    expect(await store.requests.find(id)).toEqual(request);
    expect(await store.audit.about(id)).toMatchObject([
      { action: "request.pending", actor: "U0ANA", detail: { ...pair, action: "deny", reason: "incident 12" } },
    ]);
    expect(await store.outbox.claim(t0, 1_000)).toMatchObject({ kind: "request", subject: id });
    expect((await world.own())?.action).toBe("allow");
  });

  test("a pair with no intention of its own is told by what decides it instead", async () => {
    await world.seed(null);
    expect(await propose(await aStore(), { action: "allow" })).toMatchObject({
      plan: { ...pair, action: "allow", before: null },
      evidence: { allowed: false, ruling: { source: "*", destination: "service-b", action: "deny" } },
    });
  });

  test.each<[Partial<WantedIntention>, string, string]>([
    [{ action: "allow" }, "already-so", "service-a → service-b is allowed already."],
    [{ source: "servce-a" }, "unknown-service", "There is no service servce-a."],
    [{ destination: "billing" }, "not-in-mesh", "billing is not in the mesh."],
    [{ destination: "service-a" }, "same-service", "service-a needs no leave to call itself."],
    [{ reason: "x".repeat(501) }, "reason-too-long", "The reason has 501 characters."],
  ])("%j is refused: %s", async (wanted, code, message) => {
    const store = await aStore();
    expect(await propose(store, wanted)).toMatchObject({ refused: true, code, message });
    expect(await store.requests.list({})).toEqual([]);
  });

  test("the service that was meant is named", async () => {
    expect(await propose(await aStore(), { source: "servce-a" })).toMatchObject({ hint: "Did you mean service-a?" });
  });

  test("an intention that decides by path is left to who wrote it", async () => {
    await world.consul.ask("PUT", "/v1/config", { Kind: "service-defaults", Name: "service-b", Protocol: "http" });
    const byPath = { Name: "service-a", Permissions: [{ Action: "allow", HTTP: { PathPrefix: "/" } }] };
    await world.consul.ask("PUT", "/v1/config", { Kind: "service-intentions", Name: "service-b", Sources: [byPath] });
    expect(await propose(await aStore())).toMatchObject({ code: "has-permissions" });
  });

  test("of ten who ask for the pair at once one gets it; the other way is another pair", async () => {
    const store = await aStore();
    const ids = () => requestId("intention");
    const asked = await Promise.all(Array.from({ length: 10 }, () => propose(store, {}, world.mesh, ids)));
    expect(asked.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect(asked.find(isRefusal)).toMatchObject({
      code: "already-open",
      message: expect.stringMatching(/^i-\w{8} already asks for service-a → service-b to be denied, by U0ANA\.$/),
      hint: "It waits for a member of S0PLATFORM.",
    });
    const back = { source: "service-b", destination: "service-a", action: "allow" } as const;
    expect(await propose(store, back, world.mesh, ids)).toMatchObject({ state: "pending" });
  });

  test("asked again after a cut-off, it is the one they asked for before", async () => {
    const store = await aStore();
    const first = await propose(store);
    expect(await propose(store, { since: t0 - 1 }, world.mesh, () => "i-other222")).toEqual(first);
  });

  test.each(["*", "service-a", "service-b"])("a freeze of %s stands in the way", async (scope) => {
    const store = await aStore();
    await freeze({ ...store, clock: () => t0 }, { scope, user: "U0BEN", reason: "audit week" });
    expect(await propose(store)).toMatchObject({
      code: "frozen",
      message: `${scope === "*" ? "All services are" : `${scope} is`} frozen by U0BEN: audit week`,
    });
  });

  test("a freeze of another service, and a renewal of one of them, stand in nobody's way", async () => {
    const store = await aStore();
    await store.freezes.freeze(
      { scope: "billing", by: "U0BEN", reason: "audit", at: t0 },
      aCommit("freeze", "billing"),
    );
    expect(await propose(store)).toMatchObject({ state: "pending" });
  });

  test("a Consul that does not answer is a refusal with what to do, and a page that does not is seen as such", async () => {
    world.sidecars = "are gone";
    expect(await propose(await aStore())).toMatchObject({
      evidence: { call: { outcome: "unknown", why: "the page of service-a that makes the call cannot be reached." } },
    });
    await paused(world.consul.child);
    try {
      expect(await propose(await aStore())).toMatchObject({
        refused: true,
        code: "consul-down",
        hint: "See whether Consul is stuck, and whether a firewall is in the way.",
      });
    } finally {
      world.consul.child.resume();
    }
  });
});
