import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { type IntentionLimits, intentionLimits } from "../../bot/domain/enforcement.ts";
import type { IntentionRequest } from "../../bot/domain/intention-request.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { anIntention, intentionIn, pair } from "../support/intention-fixtures.ts";
import { intentionNeeds } from "../support/intention-needs.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { approve, aStore } from "../support/renewal-fixtures.ts";
import { type WorkerNeeds, workJobs } from "../support/work-jobs.ts";

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

interface Run {
  mesh?: Mesh | null;
  limits?: Partial<IntentionLimits>;
  needs?: Partial<WorkerNeeds>;
}

/** Works until the request has ended. */
async function work(store: Store, { mesh = world.mesh, limits = {}, needs = {} }: Run = {}): Promise<IntentionRequest> {
  const stop = new AbortController();
  const onStep = ({ step }: { step: string }) => ends.includes(step) && stop.abort();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]);
  const all = { ...intentionNeeds(store, mesh, "bot-test"), onStep, ...needs };
  await workJobs(all, signal, { intention: { ...intentionLimits, ...limits } });
  return intentionIn(store, id);
}

const ends = ["enforced", "not-enforced", "failed", "void"];

async function approved(changes: Partial<IntentionRequest> = {}): Promise<Store> {
  const store = await aStore(Date.now);
  await approve(store, anIntention({ createdAt: Date.now(), ...changes }), Date.now());
  return store;
}

describe("an approved intention", () => {
  test("is written, and ends when Consul says so and the call shows it; the receipt tells the whole of it", async () => {
    const store = await approved();
    const { state, receipt } = await work(store);
    expect(state).toBe("enforced");
    expect(receipt).toMatchObject({
      allowed: false,
      call: {
        before: { outcome: "answered", why: null },
        after: { outcome: "refused", why: null },
        shownAt: expect.any(Number),
      },
      notes: [],
      problem: null,
    });
    const names = receipt?.steps.map(({ name }) => name) ?? [];
    expect(names.slice(0, 3)).toEqual(["requested", "approved", "written"]);
    expect(names.slice(3).toSorted()).toEqual(["Consul says so", "call refused"]);
    expect(await world.own()).toEqual({
      ...pair,
      action: "deny",
      description: "by certops: request i-abcd2345, approved by U0BEN",
    });
    expect((await store.audit.about(id)).map(({ action }) => action)).toEqual([
      "opened",
      "approved",
      "job.started",
      "job.written",
      "request.enforced",
    ]);
    expect(await store.audit.verify()).toBeNull();
  });

  test("allowing lets the call through", async () => {
    await world.seed(null);
    const store = await approved({ plan: { ...pair, action: "allow", before: null } });
    expect(await work(store)).toMatchObject({
      state: "enforced",
      receipt: { allowed: true, call: { before: { outcome: "refused" }, after: { outcome: "answered" } } },
    });
  });

  test("without a page that makes the call, Consul's word is all there is, and the receipt says so", async () => {
    const mesh = { ...world.mesh, policy: { ...world.mesh.policy, probes: [] } };
    expect(await work(await approved(), { mesh })).toMatchObject({
      state: "enforced",
      receipt: { allowed: false, call: null },
    });
  });

  test("a call that was refused before is no proof, and the receipt says so", async () => {
    await world.seed(null);
    const store = await approved({ plan: { ...pair, action: "deny", before: null } });
    expect(await work(store)).toMatchObject({
      state: "enforced",
      receipt: { notes: ["The call was refused before the write already: that it is now shows nothing new."] },
    });
  });

  test("sidecars that do not hear of it: written, not enforced, with the reason", async () => {
    world.sidecars = "have not heard";
    expect(await work(await approved(), { limits: { enforceMs: 400 } })).toMatchObject({
      state: "not-enforced",
      receipt: {
        allowed: false,
        call: { after: { outcome: "answered" }, shownAt: null },
        problem: expect.stringMatching(
          /^Written, yet after 0\.4 s the call is still answered: see whether the sidecars/,
        ),
      },
    });
    expect((await world.own())?.action).toBe("deny");
  });

  test("a page that cannot be had proves nothing, and is not taken for a refused call", async () => {
    world.sidecars = "are gone";
    expect(await work(await approved(), { limits: { enforceMs: 400 } })).toMatchObject({
      state: "not-enforced",
      receipt: { problem: expect.stringContaining("nobody could see what comes of the call: the page of service-a") },
    });
  });

  test("what somebody else set since the approval is left as it is: void, and nothing is written", async () => {
    const store = await approved();
    await world.seed(null);
    const version = await world.version();
    expect(await work(store)).toMatchObject({
      state: "void",
      receipt: {
        problem: "It moved since it was approved: service-a → service-b: allow is now no intention of its own.",
      },
    });
    expect(await world.version()).toBe(version);
  });

  test("a pair that left certops.yaml is void", async () => {
    expect(await work(await approved(), { mesh: null })).toMatchObject({
      state: "void",
      receipt: { problem: "service-a → service-b is no longer in certops.yaml." },
    });
    expect((await world.own())?.action).toBe("allow");
  });

  test("somebody who writes at the same moment is met with another try, and their change stays", async () => {
    const store = await approved();
    let first = true;
    const intentions = {
      ...world.mesh.intentions,
      async write(...write: Parameters<Mesh["intentions"]["write"]>) {
        if (first) {
          first = false;
          const sources = [
            { Name: "service-a", Action: "allow" },
            { Name: "web", Action: "allow" },
          ];
          await world.consul.ask("PUT", "/v1/config", {
            Kind: "service-intentions",
            Name: "service-b",
            Sources: sources,
          });
        }
        return world.mesh.intentions.write(...write);
      },
    };
    expect(await work(store, { mesh: { ...world.mesh, intentions } })).toMatchObject({ state: "enforced" });
    const { intentions: held } = await world.mesh.intentions.read("service-b");
    expect(held.map(({ source, action }) => `${source} ${action}`).toSorted()).toEqual(["service-a deny", "web allow"]);
  });

  test("Consul away at the write is waited for; away for too long, it fails and nothing is written", async () => {
    const store = await approved();
    await paused(world.consul.child);
    const tried = {
      ...world.mesh.intentions,
      read: async (name: string) => {
        const answer = world.mesh.intentions.read(name);
        world.consul.child.resume();
        return answer;
      },
    };
    expect(await work(store, { mesh: { ...world.mesh, intentions: tried } })).toMatchObject({ state: "enforced" });

    await world.seed("allow");
    const other = await approved();
    const gone = { ...world.mesh.intentions, read: async () => Promise.reject(new Error("nothing listens there")) };
    expect(await work(other, { mesh: { ...world.mesh, intentions: gone }, limits: { writeMs: 200 } })).toMatchObject({
      state: "failed",
      receipt: {
        steps: [{ name: "requested" }, { name: "approved" }],
        problem: "Consul did not take service-a → service-b within 0.2 s: nothing listens there",
      },
    });
    expect((await world.own())?.action).toBe("allow");
  });

  test("a stop saves what runs and gives it back; the next one goes on and writes nothing twice", async () => {
    const store = await approved();
    const stop = new AbortController();
    const onStep = ({ step }: { step: string }) => step === "written" && stop.abort();
    await workJobs({ ...intentionNeeds(store, world.mesh, "bot-test"), onStep }, stop.signal);
    expect(await intentionIn(store, id)).toMatchObject({ state: "approved" });
    const version = await world.version();
    expect(await work(store, { needs: { owner: "bot-2" } })).toMatchObject({
      state: "enforced",
      receipt: { notes: ["The bot was restarted once meanwhile; while it was down it saw nothing."] },
    });
    expect(await world.version()).toBe(version);
  });
});
