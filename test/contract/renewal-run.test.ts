import { describe, expect, test } from "vitest";
import { briefly } from "../support/limits.ts";
import { aCommit, approve, aRequest, aService, aStore } from "../support/renewal-fixtures.ts";
import { aWorld } from "../support/renewal-world.ts";
import { leapsWhenServed, needsOf, renew, work } from "../support/run-once.ts";
import { workJobs } from "../support/work-jobs.ts";

const id = "r-abcd2345";

describe("a renewal", () => {
  test("is deployed when every instance shows it, and the receipt tells the whole of it", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const old = { "a-1": world.instances["a-1"]?.serial, "a-2": world.instances["a-2"]?.serial };
    const { state, receipt } = await renew(store, world);
    expect(state).toBe("deployed");
    expect(receipt).toMatchObject({
      generation: id,
      handshakes: { failed: 0, causes: {} },
      besides: [],
      notes: [],
      problem: null,
    });
    expect(
      receipt?.instances.map(({ instance, oldSerial, newSerial, problem }) => ({
        instance,
        oldSerial,
        newSerial,
        problem,
      })),
    ).toEqual(
      ["a-1", "a-2"].map((instance) => ({
        instance,
        oldSerial: old[instance as "a-1"],
        newSerial: world.instances[instance]?.serial,
        problem: null,
      })),
    );
    expect(receipt?.steps.map(({ name }) => name)).toEqual([
      "requested",
      "approved",
      "written",
      "first instance served",
      "every instance served",
      "proven",
    ]);
    expect(receipt?.steps.every(({ tookMs }) => tookMs >= 0)).toBe(true);
    expect(world.vault.writes).toEqual([{ "a-1": id, "a-2": id }]);
    expect((await store.audit.about(id)).map(({ action }) => action)).toEqual([
      "opened",
      "approved",
      "job.started",
      "job.written",
      "job.proven",
      "request.deployed",
    ]);
    expect(await store.audit.verify()).toBeNull();
  });

  test("is counted from before the write until a while after the last instance serves", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const counted: { instance: string; at: number; written: boolean }[] = [];
    const probe: typeof world.probe = async (endpoint, deadline) => {
      const seen = await world.probe(endpoint, deadline);
      const written = world.vault.writes.length > 0;
      counted.push({ instance: endpoint.instance, at: seen.observation.at, written });
      return seen;
    };
    const { receipt } = await renew(store, world, { needs: { probe } });
    const served = receipt?.steps.find(({ name }) => name === "every instance served")?.at ?? Infinity;
    expect(receipt?.handshakes.tried).toBe(counted.length);
    expect(receipt?.steps.at(-1)?.at).toBeGreaterThanOrEqual(served + briefly.settleMs);
    for (const instance of ["a-1", "a-2"]) {
      const own = counted.filter((one) => one.instance === instance);
      expect(own[0]?.written).toBe(false);
      expect(own.at(-1)?.at).toBeGreaterThan(served);
    }
  });

  test("tells of the one handshake that was refused", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const onStep = ({ step }: { step: string }) => {
      if (step === "written" && world.instances["a-2"]) world.instances["a-2"].refuses = 1;
    };
    const { state, receipt } = await renew(store, world, { onStep });
    expect(state).toBe("deployed");
    expect(receipt?.handshakes).toMatchObject({ failed: 1, causes: { ECONNRESET: 1 } });
  });

  test("lists what was issued besides", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    if (world.instances["a-1"]) world.instances["a-1"].asks = 2;
    const { state, receipt } = await renew(store, world);
    const served = receipt?.instances.map(({ newSerial }) => newSerial);
    const more = world.vault.certificates.filter(
      ({ generation, serial }) => generation === id && !served?.includes(serial),
    );
    expect(state).toBe("deployed");
    expect(receipt?.besides).toEqual(more.map(({ serial }) => serial));
    expect(receipt?.besides).toHaveLength(1);
  });

  test("says so when Vault does not tell what it issued", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const silent = { ...world.vault.issued, serials: () => Promise.reject(new Error("permission denied")) };
    const { state, receipt } = await renew(store, world, { needs: { issued: silent } });
    expect(state).toBe("deployed");
    expect(receipt?.notes).toEqual(["Vault did not say what else it issued meanwhile."]);
  });

  test("leaves fields of others in the KV as they are", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    world.vault.put({ "a-1": "g0", "a-2": "r-else2222", "a-3": "g0" });
    await renew(store, world);
    expect(world.vault.writes).toEqual([{ "a-1": id, "a-2": id, "a-3": "g0" }]);
  });

  test("of an instance that is down before it: its failures are counted, and it ends not served", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    await world.instances["a-2"]?.stop();
    const { state, receipt } = await renew(store, world, { needs: { clock: leapsWhenServed(world, "a-1") } });
    expect(state).toBe("not-served");
    expect(receipt?.handshakes.causes.ECONNREFUSED).toBe(receipt?.handshakes.failed);
    expect(receipt?.instances[1]?.problem).toContain("Handshakes fail");
    expect(receipt?.instances[0]?.problem).toBeNull();
  });
});

describe("one instance first", () => {
  test("proves it before the rest is written", async () => {
    const [store, world] = [await aStore(), await aWorld({ rollout: "one-first" }, ["a-1", "a-2", "a-3"])];
    const { state, receipt } = await renew(store, world);
    expect(state).toBe("deployed");
    expect(world.vault.writes).toEqual([
      { "a-1": id, "a-2": "g0", "a-3": "g0" },
      { "a-1": id, "a-2": id, "a-3": id },
    ]);
    expect(receipt?.steps.map(({ name }) => name)).toEqual([
      "requested",
      "approved",
      "a-1 written",
      "a-1 served",
      "a-1 proven",
      "written",
      "first instance served",
      "every instance served",
      "proven",
    ]);
  });

  test("stops when it fails: the rest is left as it was", async () => {
    const [store, world] = [await aStore(), await aWorld({ rollout: "one-first" })];
    if (world.instances["a-1"]) world.instances["a-1"].agent = "is refused by the instance";
    const { state, receipt } = await renew(store, world, { limits: { ...briefly, serveMs: 500 } });
    expect(state).toBe("not-served");
    expect(world.vault.writes).toEqual([{ "a-1": id, "a-2": "g0" }]);
    expect(receipt?.instances.map(({ problem }) => problem)).toEqual([
      expect.stringContaining("a-1 refused the new certificate"),
      "Left as it was: its generation was not written.",
    ]);
  });
});

describe("a freeze", () => {
  test("does not stop what runs, and lets nothing new begin", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const other = aService({ name: "service-b" });
    // Approved before, and put off until a freeze is there.
    await approve(store, aRequest({ id: "r-other222" }, other), Date.now());
    await store.jobs.claim("bot", Date.now(), 1_000);
    await store.jobs.release("r-other222", "bot", Date.now() + 5_000);
    const freeze = { scope: "*", by: "U0ANA", reason: "audit", at: Date.now() };
    const frozen: Promise<boolean>[] = [];
    const { state } = await renew(store, world, {
      onStep: () => {
        if (frozen.length === 0) frozen.push(store.freezes.freeze(freeze, aCommit("freeze", "*")));
      },
    });
    expect(await Promise.all(frozen)).toEqual([true]);
    expect(state).toBe("deployed");
    expect(await store.jobs.claim("bot", Date.now() + 10_000, 1_000)).toBeNull();
  });
});

describe("an approval", () => {
  test("that was given too long before its work can begin is void: nothing is written", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const dayAgo = Date.now() - 24 * 3_600_000;
    await approve(store, aRequest({ createdAt: dayAgo }, world.service), dayAgo);
    const { state, receipt } = await work(store, world, id);
    expect(state).toBe("void");
    expect(receipt?.problem).toBe("Its work did not begin in time: the approval had lapsed.");
    expect(world.vault.writes).toEqual([]);
    expect((await store.audit.about(id)).map(({ action }) => action)).toEqual(["opened", "approved", "request.void"]);
    expect(await store.jobs.claim("bot", Date.now(), 1_000)).toBeNull();
  });
});

describe("a stop", () => {
  test("saves what runs and gives it back; the next one goes on at once", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const stop = new AbortController();
    const request = aRequest({ createdAt: Date.now() }, world.service);
    await approve(store, request, Date.now());
    const onStep = ({ step }: { step: string }) => step === "written" && stop.abort();
    await workJobs({ ...needsOf(store, world), onStep }, stop.signal);
    expect(await store.requests.find(id)).toMatchObject({ state: "approved" });
    const { state, receipt } = await work(store, world, id, { needs: { owner: "bot-2" } });
    expect(state).toBe("deployed");
    expect(world.vault.writes).toHaveLength(1);
    expect(receipt?.notes).toEqual(["The bot was restarted once meanwhile; while it was down it counted nothing."]);
  });
});
