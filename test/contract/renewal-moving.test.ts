import { describe, expect, test } from "vitest";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import type { Placement } from "../../bot/domain/placement.ts";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import { observeNewcomers } from "../../bot/operations/observe-newcomers.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { noteServedLate } from "../../bot/operations/note-served-late.ts";
import { Failure } from "../../bot/errors.ts";
import { aCommit, approve, aRequest, aStore, renewalIn } from "../support/renewal-fixtures.ts";
import { aWorld, type World } from "../support/renewal-world.ts";
import { leapsWhenServed, renew } from "../support/run-once.ts";

const catalog = { kind: "nomad", service: "service-a", tag: "mtls" } as const;
const deployment = { kind: "nomad", job: "service-a" } as const;
const aMovingWorld = () => aWorld({ catalog, deployment }, ["a-0", "a-1"]);

/** What the bot knows of the service, and a catalog's changes to it. */
function known({ service }: World): {
  services: Map<string, ManagedService>;
  list: (...endpoints: Endpoint[]) => void;
} {
  const services = new Map([[service.name, service]]);
  return { services, list: (...endpoints) => void services.set(service.name, { ...service, endpoints }) };
}

function endpointOf({ service }: World, instance: string, changes: Partial<Endpoint> = {}): Endpoint {
  const found = service.endpoints.find((one) => one.instance === instance);
  if (found === undefined) throw new Error(`there is no ${instance}`);
  return { ...found, ...changes };
}

/** Nothing listens there. */
const nowhere = { port: 9 };

const stopped: Placement = {
  instance: "a-1",
  noPlace: null,
  allocation: {
    id: "35322b60-a009-570d-ba8c-9152a5b3180c",
    desired: { status: "stop", description: "alloc is being migrated" },
    client: { status: "complete", description: "" },
    node: { name: "nomad-2", status: "ready" },
    tasks: [],
  },
};

describe("a renewal of instances that move meanwhile", () => {
  test("goes on with one that comes back elsewhere, and what was tried where it was is counted", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const { services, list } = known(world);
    list(endpointOf(world, "a-0"), endpointOf(world, "a-1", nowhere));
    const onStep = ({ step }: { step: string }) => {
      if (step === "written") list(endpointOf(world, "a-0"), endpointOf(world, "a-1"));
    };
    const { state, receipt } = await renew(store, world, { needs: { services }, onStep });
    expect(state).toBe("deployed");
    expect(receipt?.handshakes.causes["ECONNREFUSED"]).toBeGreaterThan(0);
    expect(receipt?.instances.map(({ newSerial }) => newSerial)).toEqual(
      ["a-0", "a-1"].map((name) => world.instances[name]?.serial),
    );
  });

  test("is no other plan because one of them is away, and waits for it", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const { services, list } = known(world);
    list(endpointOf(world, "a-0"));
    const onStep = ({ step }: { step: string }) => {
      if (step === "written") list(endpointOf(world, "a-0"), endpointOf(world, "a-1"));
    };
    expect((await renew(store, world, { needs: { services }, onStep })).state).toBe("deployed");
    expect(world.vault.writes).toEqual([{ "a-0": "r-abcd2345", "a-1": "r-abcd2345" }]);
  });

  test("is not proven by one that served it and went", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const { services, list } = known(world);
    const old = world.instances["a-1"]?.serial;
    const probe: typeof world.probe = async (endpoint, deadline) => {
      const seen = await world.probe(endpoint, deadline);
      if (endpoint.instance === "a-1" && seen.chain[0]?.serial !== old) list(endpointOf(world, "a-0"));
      return seen;
    };
    const clock = leapsWhenServed(world, "a-1");
    const { state, receipt } = await renew(store, world, { needs: { services, probe, clock } });
    expect(state).toBe("not-served");
    expect(receipt?.problem).toContain("not on the wire at a-1.");
  });

  test("ends with the scheduler's reason for one that stays away", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const { services, list } = known(world);
    list(endpointOf(world, "a-0"));
    const asked: unknown[] = [];
    const placements = async (of: unknown) => {
      asked.push(of);
      return [stopped];
    };
    const clock = leapsWhenServed(world, "a-0");
    const { state, receipt } = await renew(store, world, { needs: { services, placements, clock } });
    expect(state).toBe("not-served");
    expect(receipt?.instances[1]?.problem).toBe(
      "Its allocation 35322b60 on nomad-2 was stopped (alloc is being migrated). No other runs in its place yet. It stays written: it serves it as soon as it is back.",
    );
    expect(asked).toEqual([{ job: "service-a", tag: "mtls" }]);
  });

  test("says so when the scheduler cannot be asked", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const { services, list } = known(world);
    list(endpointOf(world, "a-0"));
    const placements = () => Promise.reject(new Failure("nomad-no-leader", "Nomad has no leader.", ""));
    const clock = leapsWhenServed(world, "a-0");
    const { receipt } = await renew(store, world, { needs: { services, placements, clock } });
    expect(receipt?.instances[1]?.problem).toBe(
      "Handshakes fail: Nomad does not list this instance, so nobody could look (NOT_LISTED). It stays written: it serves it as soon as it is back. Nomad may know more, and could not be asked: Nomad has no leader.",
    );
  });
});

describe("an instance that has just been listed", () => {
  const looking = { deadlineMs: 1_000, concurrency: 2, isWatched: () => true };
  const signal = new AbortController().signal;

  test("is looked at until it verifies: it is listed before it listens", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const kept = inventory(store.db);
    let looks = 0;
    const probe: typeof world.probe = (endpoint, deadline) => {
      looks += 1;
      return world.probe(looks < 3 ? { ...endpoint, ...nowhere } : endpoint, deadline);
    };
    await observeNewcomers({ inventory: kept, probe }, [endpointOf(world, "a-0")], looking, signal);
    expect(looks).toBe(3);
    expect(await kept.observations()).toMatchObject([{ endpoint: "service-a/a-0", problem: null }]);
  });

  test("and has gone again by then is not looked at, nor is its look kept", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const kept = inventory(store.db);
    let isWatched = true;
    const probe: typeof world.probe = (endpoint, deadline) => {
      isWatched = false;
      return world.probe(endpoint, deadline);
    };
    const gone = { ...looking, isWatched: () => isWatched };
    await observeNewcomers({ inventory: kept, probe }, [endpointOf(world, "a-0", nowhere)], gone, signal);
    expect(await kept.observations()).toEqual([]);
  });

  test("finishes a renewal that ended without it, wherever it came back", async () => {
    const [store, world] = [await aStore(), await aMovingWorld()];
    const { services, list } = known(world);
    const kept = inventory(store.db);
    const request = aRequest({}, world.service);
    await approve(store, request);
    list(endpointOf(world, "a-0"));
    await world.vault.generations.write(deployment, { "a-0": request.id, "a-1": request.id }, 1);
    const ended = { state: "not-served", receipt: { ...aReceipt(request.id) } } as const;
    await store.requests.move(request.id, ["approved"], ended, aCommit("request.not-served"));
    const needs = { ...store, inventory: kept, services, clock: Date.now };
    const look = (instance: string) =>
      observeNewcomers({ inventory: kept, probe: world.probe }, [endpointOf(world, instance)], looking, signal);
    await expect
      .poll(async () => (await world.probe(endpointOf(world, "a-1"), 1_000)).chain[0]?.generation)
      .toBe(request.id);
    await look("a-0");
    expect(await noteServedLate(needs)).toEqual([]);
    list(endpointOf(world, "a-0"), endpointOf(world, "a-1"));
    await look("a-1");
    expect(await noteServedLate(needs)).toEqual([request.id]);
    expect((await renewalIn(store, request.id)).receipt?.servedLateAt).toEqual(expect.any(Number));
  });
});

const aReceipt = (generation: string) => ({
  generation,
  instances: [],
  steps: [],
  handshakes: { tried: 0, failed: 0, causes: {} },
  besides: [],
  notes: [],
  problem: "not on the wire at a-1",
});
