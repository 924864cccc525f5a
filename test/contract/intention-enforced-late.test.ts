import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { describedBy, type IntentionReceipt, type IntentionRequest } from "../../bot/domain/intention-request.ts";
import { noteEnforcedLate } from "../../bot/operations/note-enforced-late.ts";
import { anIntention, intentionIn, pair } from "../support/intention-fixtures.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { aCommit, approve, aStore, t0 } from "../support/renewal-fixtures.ts";

let world: MeshWorld;
beforeAll(async () => {
  world = await aMeshWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  world.sidecars = "have not heard";
  await world.seed("allow");
});

const id = "i-abcd2345";
const receipt: IntentionReceipt = { steps: [], allowed: false, call: null, notes: [], problem: "still answered" };
const at = t0 + 90_000;

const note = (store: Store, mesh = world.mesh) => noteEnforcedLate({ ...store, mesh, clock: () => at });

/** Written to Consul as approved, and ended as not enforced. */
async function unproven(): Promise<Store> {
  const store = await aStore();
  const request: IntentionRequest = anIntention();
  await approve(store, request);
  const { intentions, version } = await world.mesh.intentions.read(pair.destination);
  expect(intentions).toContainEqual({ ...pair, action: "allow", description: "" });
  const description = describedBy({ id, decidedBy: "U0BEN" });
  expect(await world.mesh.intentions.write({ ...pair, action: "deny", description }, version)).toBe(true);
  await store.requests.move(id, ["approved"], { state: "not-enforced", receipt }, aCommit("request.not-enforced"));
  return store;
}

test("an intention that was not proven in time is noted once when the mesh follows, and drawn again", async () => {
  const store = await unproven();
  expect(await note(store)).toEqual([]);

  world.sidecars = "obey Consul";
  const waiting = (await store.outbox.waiting()).count;
  expect(await note(store)).toEqual([id]);
  expect(await note(store)).toEqual([]);
  expect(await intentionIn(store, id)).toMatchObject({
    state: "not-enforced",
    receipt: { ...receipt, enforcedLateAt: at },
  });
  expect((await store.audit.about(id)).at(-1)).toMatchObject({
    action: "request.enforced-late",
    actor: "certops",
    detail: { ...pair, action: "deny" },
  });
  expect((await store.outbox.waiting()).count).toBe(waiting + 1);
});

test("one that somebody replaced since is nobody's merit, whatever comes of the call", async () => {
  const store = await unproven();
  world.sidecars = "obey Consul";
  await world.seed("deny");
  expect(await world.mesh.intentions.allows(pair)).toBe(false);
  expect(await note(store)).toEqual([]);
});

test("a call that nobody can see is noted as soon as somebody can", async () => {
  const store = await unproven();
  world.sidecars = "are gone";
  expect(await note(store)).toEqual([]);
  world.sidecars = "obey Consul";
  expect(await note(store)).toEqual([id]);
});

test("a Consul that does not answer is asked the next time; a pair that left certops.yaml is not asked for", async () => {
  const store = await unproven();
  world.sidecars = "obey Consul";
  await paused(world.consul.child);
  try {
    expect(await note(store)).toEqual([]);
  } finally {
    world.consul.child.resume();
  }
  const { policy } = world.mesh;
  expect(await note(store, { ...world.mesh, policy: { ...policy, services: ["service-a"] } })).toEqual([]);
  expect(await note(store)).toEqual([id]);
});
