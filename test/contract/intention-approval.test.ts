import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { freeze, holdForCase } from "../../bot/operations/freeze.ts";
import { anIntention, aPolicy, pair } from "../support/intention-fixtures.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { aCommit, approve, aStore, t0 } from "../support/renewal-fixtures.ts";

let world: MeshWorld;
beforeAll(async () => {
  world = await aMeshWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => world.seed("allow"));

const id = "i-abcd2345";

/** A store in which ana has asked. */
async function asked(): Promise<Store> {
  const store = await aStore();
  await store.requests.open(anIntention(), aCommit("request.pending", id));
  return store;
}

interface Click {
  user?: string;
  verdict?: "approve" | "deny";
  mesh?: Mesh | null;
  now?: number;
}

const decide = (
  store: Store,
  { user = "U0BEN", verdict = "approve", mesh = world.mesh, now = t0 + 1_000 }: Click = {},
) =>
  decideRequest(
    {
      ...store,
      services: new Map(),
      mesh,
      firewall: null,
      clock: () => now,
      groupsOf: async (who) => (who === "U0BEN" || who === "U0CHEN" ? ["S0PLATFORM"] : []),
    },
    { id, user, verdict, reason: "because" },
  );

describe("deciding on an intention", () => {
  test("an approver makes the job, once; a second click says who was first", async () => {
    const store = await asked();
    expect(await decide(store)).toMatchObject({ changed: true, request: { state: "approved", decidedBy: "U0BEN" } });
    expect(await decide(store, { user: "U0CHEN", verdict: "deny" })).toMatchObject({
      changed: false,
      request: { state: "approved", decidedBy: "U0BEN" },
    });
    expect(await store.jobs.claim("bot", t0 + 1_000, 1_000)).toMatchObject({ request: id, step: "queued" });
    expect((await store.audit.about(id)).at(-1)).toMatchObject({
      action: "request.approved",
      detail: { ...pair, action: "deny" },
    });
  });

  test.each([
    ["U0ANA", "self-approval", "i-abcd2345 is your own request: somebody else has to decide it."],
    ["U0DANA", "not-approver", "You may not decide requests for service-a → service-b."],
  ])("%s may not: %s", async (user, code, message) => {
    const store = await asked();
    for (const verdict of ["approve", "deny"] as const) {
      expect(await decide(store, { user, verdict })).toMatchObject({ code, message });
    }
    expect(await store.requests.find(id)).toMatchObject({ state: "pending" });
  });

  test("is decided by the policy it was made under, whatever certops.yaml says now", async () => {
    const store = await asked();
    const approval = byRole("others", { users: ["U0EVE"], deadlineMs: 3_600_000 });
    const mesh = { ...world.mesh, policy: aPolicy({ approval }) };
    expect(await decide(store, { mesh, user: "U0EVE" })).toMatchObject({
      code: "not-approver",
      hint: "Ask a member of S0PLATFORM.",
    });
    expect(await decide(store, { mesh })).toMatchObject({ changed: true });
  });

  test.each([
    ["the mesh", () => null],
    ["the pair", () => ({ ...world.mesh, policy: aPolicy({ services: ["service-a", "billing"] }) })],
  ])("nobody may decide when %s left certops.yaml", async (_, mesh) => {
    expect(await decide(await asked(), { mesh: mesh() })).toMatchObject({
      code: "not-managed",
      message: "service-a → service-b is no longer in certops.yaml, so nobody may decide i-abcd2345.",
    });
  });

  test("an intention that moved meanwhile makes the request void; to deny it stays possible", async () => {
    const store = await asked();
    await world.seed(null);
    expect(await decide(store)).toMatchObject({
      code: "plan-moved",
      message:
        "i-abcd2345 is void. The plan moved since it was asked for: service-a → service-b: allow is now no intention of its own.",
      hint: "Nothing was written. Ask again: /mesh deny service-a service-b",
    });
    expect(await store.requests.find(id)).toMatchObject({ state: "void", receipt: { steps: [], call: null } });
    expect(await store.jobs.claim("bot", t0 + 1_000, 1_000)).toBeNull();
    expect(await decide(await asked(), { verdict: "deny" })).toMatchObject({ request: { state: "denied" } });
  });

  test("a Consul that does not answer at the click: nothing is decided, and a later click does", async () => {
    const store = await asked();
    await paused(world.consul.child);
    try {
      expect(await decide(store)).toMatchObject({
        refused: true,
        code: "consul-down",
        message: expect.stringMatching(/cannot be reached: no answer before the deadline\. Nothing was decided\.$/),
        hint: expect.stringMatching(/Then click again\.$/),
      });
    } finally {
      world.consul.child.resume();
    }
    expect(await store.requests.find(id)).toMatchObject({ state: "pending" });
    expect(await decide(store)).toMatchObject({ changed: true });
  });

  test.each(["service-a", "service-b", "*"])("a freeze of %s stops the approval, not the denial", async (scope) => {
    const store = await asked();
    await freeze({ ...store, clock: () => t0 }, { scope, user: "U0CHEN", reason: "audit week" });
    expect(await decide(store)).toMatchObject({ code: "frozen" });
    expect(await store.requests.find(id)).toMatchObject({ state: "pending" });
    expect(await decide(store, { verdict: "deny" })).toMatchObject({ changed: true });
  });

  test("after its time it has expired, and what to type is said", async () => {
    const store = await asked();
    expect(await decide(store, { now: t0 + 3_600_000 })).toMatchObject({
      code: "expired",
      hint: "Ask again: /mesh deny service-a service-b",
    });
    expect(await passDeadlines({ ...store, clock: () => t0 + 3_600_000 })).toEqual([]);
    expect(await store.requests.find(id)).toMatchObject({ state: "expired" });
  });

  test.each(["service-a", "service-b"])(
    "a case of the lab waits with %s until the work on it has ended",
    async (service) => {
      const store = await aStore();
      await approve(store, anIntention());
      const hold = { service, user: "operator:lab", reason: "case expired-a" };
      expect(await holdForCase({ ...store, clock: () => t0 }, hold)).toMatchObject({
        code: "busy",
        message: "i-abcd2345 denies service-a → service-b right now.",
      });
      expect(await holdForCase({ ...store, clock: () => t0 }, { ...hold, service: "billing" })).toMatchObject({
        scope: "billing",
      });
    },
  );
});
