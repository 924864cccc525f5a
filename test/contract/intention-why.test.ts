import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { describedBy } from "../../bot/domain/intention-request.ts";
import { answerCall } from "../../bot/operations/explain-call.ts";
import { explainWhy } from "../../bot/operations/explain-why.ts";
import { listIntentions } from "../../bot/operations/list-intentions.ts";
import { traceRequest } from "../../bot/operations/trace-request.ts";
import { anIntention, pair } from "../support/intention-fixtures.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { aCommit, approve, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

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
const services = new Map([["service-a", null]]);

/** ana asked, ben approved, certops wrote it. */
async function denied(): Promise<Store> {
  const store = await aStore();
  await approve(store, anIntention());
  const { version } = await world.mesh.intentions.read("service-b");
  const description = describedBy({ id, decidedBy: "U0BEN" });
  await world.mesh.intentions.write({ ...pair, action: "deny", description }, version);
  return store;
}

const why = (store: Store, wanted = pair) => answerCall({ ...store, mesh: world.mesh, services }, wanted);

const setBy = { request: id, requester: "U0ANA", reason: "rehearsal", approvedBy: "U0BEN", at: t0 };

describe("why a call in the mesh does or does not go through", () => {
  test("it names the intention, and the approved request it was set by", async () => {
    expect(await why(await denied())).toEqual({
      ...pair,
      allowed: false,
      ruling: { ...pair, action: "deny", description: "by certops: request i-abcd2345, approved by U0BEN", setBy },
      call: { outcome: "refused", why: null },
      open: expect.objectContaining({ id, state: "approved" }),
      frozen: [],
    });
  });

  test("one that no approved request set is from a file or by hand", async () => {
    expect(await why(await aStore())).toMatchObject({ allowed: true, ruling: { ...pair, setBy: null }, open: null });
  });

  test.each([
    ["asked for the other", { ...pair, action: "allow", before: null } as const, "approved"],
    ["was denied", { ...pair, action: "deny", before: "allow" } as const, "denied"],
  ] as const)("a description that names a request which %s is not believed", async (_, plan, state) => {
    const store = await denied();
    const other = await aStore();
    await other.requests.open(anIntention({ plan }), aCommit("opened", id));
    const decided = { state, decidedBy: "U0BEN", decidedAt: t0 } as const;
    await other.requests.move(id, ["pending"], decided, aCommit("decided", id));
    expect(await why(store)).toMatchObject({ ruling: { setBy } });
    expect(await why(other)).toMatchObject({ ruling: { setBy: null } });
  });

  test("a wildcard decides where the pair has none of its own, and Consul's default where nothing matches", async () => {
    await world.seed(null);
    const store = await aStore();
    expect(await why(store)).toMatchObject({ allowed: false, ruling: { source: "*", destination: "service-b" } });
    const back = { source: "service-b", destination: "service-a" };
    expect(await why(store, back)).toEqual({
      ...back,
      allowed: false,
      ruling: null,
      call: null,
      open: null,
      frozen: [],
    });
  });

  test("a name nobody has, and a Consul that stands still, are refusals", async () => {
    const store = await aStore();
    expect(await why(store, { ...pair, source: "servce-a" })).toMatchObject({ code: "unknown-service" });
    await paused(world.consul.child);
    try {
      expect(await why(store)).toMatchObject({ refused: true, code: "consul-down" });
      expect(await listIntentions({ ...store, mesh: world.mesh })).toMatchObject({ code: "consul-down" });
    } finally {
      world.consul.child.resume();
    }
  });
});

describe("/cert why of a service whose call is denied", () => {
  const asked = (store: Store, mesh: MeshWorld["mesh"] | null = world.mesh) =>
    explainWhy(
      {
        ...store,
        mesh,
        placements: null,
        clock: () => t0,
        admin: { refusals: async () => [], problem: async () => null },
        probe: async ({ id: endpoint }) => ({
          observation: { endpoint, at: t0, fingerprint: null, chain: [], problem: null, tookMs: 1 },
          chain: [],
        }),
      },
      { estate: { services: [aService()], endpoints: [] }, deadlineMs: 1_000 },
      "service-a",
    );

  test("names the intention and who approved it", async () => {
    expect(await asked(await denied())).toMatchObject({
      meshProblem: null,
      refusedCalls: [{ ...pair, allowed: false, ruling: { ...pair, action: "deny", setBy } }],
    });
  });

  test("is silent about calls that go through, and about those nobody makes", async () => {
    expect(await asked(await aStore())).toMatchObject({ refusedCalls: [], meshProblem: null });
    expect(await asked(await aStore(), null)).toMatchObject({ refusedCalls: [], meshProblem: null });
  });

  test("tells of a call that is refused though Consul lets it through", async () => {
    await world.seed(null);
    world.sidecars = "have not heard";
    const { version } = await world.mesh.intentions.read("service-b");
    await world.mesh.intentions.write({ ...pair, action: "allow", description: "" }, version);
    expect(await asked(await aStore())).toMatchObject({
      refusedCalls: [{ allowed: true, call: { outcome: "refused" } }],
    });
  });

  test("says what it does not know when Consul stands still", async () => {
    await paused(world.consul.child);
    try {
      expect(await asked(await aStore())).toMatchObject({
        refusedCalls: [],
        meshProblem: expect.stringContaining("cannot be reached"),
      });
    } finally {
      world.consul.child.resume();
    }
  });
});

test("the list has every intention in Consul's order, who set it, what is left, and what is open", async () => {
  const store = await denied();
  const list = await listIntentions({ ...store, mesh: world.mesh });
  expect(list).toMatchObject({
    intentions: [
      { ...pair, action: "deny", setBy },
      { source: "*", destination: "service-b", action: "deny", setBy: null },
    ],
    otherwise: false,
    open: [{ id }],
    frozen: [],
  });
});

test("a trace says what Consul goes by now, and what the page of the source showed", async () => {
  const store = await denied();
  const receipt = {
    steps: [],
    allowed: false,
    call: { before: null, after: { outcome: "refused", why: null }, tried: 2, shownAt: t0 + 300 },
    notes: [],
    problem: null,
  } as const;
  await store.requests.move(
    id,
    ["approved"],
    { state: "enforced", receipt: { ...receipt, notes: [], steps: [] } },
    {
      ...aCommit("request.enforced", id, t0 + 400),
    },
  );
  const unread = { inventory: { certificates: async () => [] }, vaultAudit: null, swaps: async () => [] };
  const needs = {
    ...store,
    ...unread,
    agentLog: async () => [],
    agentLogs: new Map(),
    placements: async () => [],
    services: new Map(),
    mesh: world.mesh,
    firewall: null,
    clock: () => t0 + 1_000,
  };
  const traced = async () => {
    const trace = await traceRequest(needs, id);
    return "rows" in trace ? trace.rows.map(({ source, text }) => `${source}: ${text}`) : [];
  };
  expect(await traced()).toEqual([
    "certops: opened",
    "certops: approved",
    "service-a: its call to service-b is refused",
    "certops: enforced: the mesh does as it was told",
    "consul: holds service-a → service-b: deny now, by this request",
  ]);
  await world.seed("allow");
  expect((await traced()).at(-1)).toBe("consul: holds service-a → service-b: allow now, not by this request");
});
