import type { Deployment } from "../../bot/domain/deployment.ts";
import { describe, expect, test } from "vitest";
import { Failure } from "../../bot/errors.ts";
import { briefly } from "../support/limits.ts";
import { aCommit, aRequest, aStore } from "../support/renewal-fixtures.ts";
import { aWorld } from "../support/renewal-world.ts";
import { leapsWhenServed, renew } from "../support/run-once.ts";

const id = "r-abcd2345";
const short = (serial = "") => `${serial.slice(0, 11)}…${serial.slice(-5)}`;

describe("not served", () => {
  test.each([
    ["does not ask", /^Not issued: the agent of a-2 has not rendered a new one/],
    ["is refused by the instance", /^Rendered but not served: a-2 refused the new certificate \(key and certificate/],
  ] as const)("the agent %s", async (agent, problem) => {
    const [store, world] = [await aStore(), await aWorld()];
    if (world.instances["a-2"]) world.instances["a-2"].agent = agent;
    const { state, receipt } = await renew(store, world, { needs: { clock: leapsWhenServed(world, "a-1") } });
    expect(state).toBe("not-served");
    expect(receipt?.instances[0]).toMatchObject({ newSerial: world.instances["a-1"]?.serial, problem: null });
    expect(receipt?.instances[1]).toMatchObject({ newSerial: null, servedAt: null });
    expect(receipt?.instances[1]?.problem).toMatch(problem);
    expect(receipt?.problem).toContain("not on the wire at a-2");
    expect(receipt?.steps.map(({ name }) => name)).toEqual([
      "requested",
      "approved",
      "written",
      "first instance served",
    ]);
  });

  test("Vault is sealed at the end: the receipt names the seal, and until when the old one lasts", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    if (world.instances["a-2"]) world.instances["a-2"].agent = "does not ask";
    const { receipt } = await renew(store, world, {
      needs: {
        health: async () => ({ state: "sealed", why: "It is sealed." }),
        clock: leapsWhenServed(world, "a-1"),
      },
    });
    expect(receipt?.instances[1]?.problem).toMatch(
      /^Vault is sealed: unseal it, nothing is issued until then\. a-2 still serves \S+, until \d{4}-\S+ \S+ UTC\.$/,
    );
  });

  test("rendered, and the instance says nothing of it", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    if (world.instances["a-2"]) world.instances["a-2"].agent = "is refused by the instance";
    const { receipt } = await renew(store, world, {
      needs: { swaps: () => Promise.reject(new Error("no answer")), clock: leapsWhenServed(world, "a-1") },
    });
    const served = Object.values(world.instances).map(({ serial }) => serial);
    const rendered = world.vault.certificates.find(
      ({ serial, generation }) => generation === id && !served.includes(serial),
    );
    expect(receipt?.instances[1]?.problem).toBe(
      `Rendered but not served: Vault issued ${short(rendered?.serial)} for this generation, and a-2 still serves ${short(served[1])}.`,
    );
  });
});

describe("the plan moved", () => {
  test("ends void, says what moved, and writes nothing", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const approved = aRequest({}, { ...world.service, ttl: "3m" });
    const { state, receipt } = await renew(store, world, { request: approved });
    expect(state).toBe("void");
    expect(receipt?.problem).toBe("The plan moved since it was approved: ttl: 3m is now 2m.");
    expect(receipt).toMatchObject({ instances: [], steps: [], handshakes: { tried: 0 } });
    expect(world.vault.writes).toEqual([]);
  });

  test("also when the service is no longer managed", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const { state, receipt } = await renew(store, world, { needs: { services: new Map() } });
    expect(state).toBe("void");
    expect(receipt?.problem).toContain("service-a is no longer in certops.yaml");
  });

  test("what is served now may change without that", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    const evidence = [{ instance: "a-1", serial: "0a:0b", generation: "g7", notAfter: 1 }];
    const { state } = await renew(store, world, { request: aRequest({ evidence }, world.service) });
    expect(state).toBe("deployed");
  });
});

describe("Vault", () => {
  const sealed = new Failure("vault-sealed", "Vault at https://127.0.0.1:8200 is sealed.", "Unseal it.");

  test("sealed for a while: the write waits for it", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    world.vault.down = sealed;
    let asked = 0;
    const counting = {
      ...world.vault.generations,
      read: (at: Deployment) => {
        asked += 1;
        if (asked === 3) world.vault.down = null;
        return world.vault.generations.read(at);
      },
    };
    const { state } = await renew(store, world, { needs: { generations: counting } });
    expect(state).toBe("deployed");
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  test("sealed for good: failed, with the reason, and nothing lost", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    world.vault.down = sealed;
    const { state, receipt } = await renew(store, world, { limits: { ...briefly, writeMs: 600 } });
    expect(state).toBe("failed");
    expect(receipt?.problem).toBe(
      "Vault did not take the generation for a-1, a-2 within 0.6 s: Vault at https://127.0.0.1:8200 is sealed.",
    );
    expect(receipt).toMatchObject({ instances: [], steps: [], handshakes: { tried: 0 } });
    expect(await store.requests.open(aRequest({ id: "r-next2222" }), aCommit("opened", "r-next2222"))).toBe(true);
  });

  test("refuses: failed at once, without asking again", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    world.vault.down = new Failure("vault-refused", "Vault refused to write: unsupported path.", "");
    const { state, receipt } = await renew(store, world, { limits: { ...briefly, writeMs: 3_600_000 } });
    expect(state).toBe("failed");
    expect(receipt?.problem).toContain("unsupported path");
  });

  test("somebody else writes in between: written on the newer version", async () => {
    const [store, world] = [await aStore(), await aWorld()];
    let raced = false;
    const racing = {
      ...world.vault.generations,
      read: async (at: Deployment) => {
        const held = await world.vault.generations.read(at);
        if (!raced) world.vault.put({ "a-1": "g1", "a-2": "g1", "a-9": "g1" });
        raced = true;
        return held;
      },
    };
    const { state } = await renew(store, world, { needs: { generations: racing } });
    expect(state).toBe("deployed");
    expect(world.vault.writes).toEqual([{ "a-1": id, "a-2": id, "a-9": "g1" }]);
  });
});
