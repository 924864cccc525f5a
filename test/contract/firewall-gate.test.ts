import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { gateLock } from "../../bot/adapters/consul/gate-lock.ts";
import { ruleKeys } from "../../bot/adapters/consul/keys.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import { rulesInForce, withChange } from "../../bot/domain/firewall/rules-in-force.ts";
import { signatureKey } from "../../bot/domain/firewall/sealed-keys.ts";
import { applyCandidate } from "../../bot/operations/firewall/apply-candidate.ts";
import { candidate } from "../../bot/operations/firewall/candidate.ts";
import { Gate } from "../../bot/operations/firewall/gate.ts";
import type { Firewall, Journal, RuleKeys } from "../../bot/operations/firewall/ports.ts";
import { aFirewallRequest, anOpening } from "../support/firewall-requests.ts";
import { aGateWorld } from "../support/gate-world.ts";
import { idleFirewall } from "../support/idle-firewall.ts";

let world: Awaited<ReturnType<typeof aGateWorld>>;
beforeAll(async () => {
  world = await aGateWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(20_000);
const lockOf = (owner: string, more: { ttlMs?: number; waitMs?: number } = {}) =>
  gateLock(world.client, { owner, ...more });
const inspecting: Journal = { kind: "inspect", request: "f-abcd2345", candidate: "0".repeat(64), over: "" };

describe("the gate", () => {
  test("has one holder at a time, of several bots and within one, in the order of asking", async () => {
    const [one, two] = [lockOf("one"), lockOf("two")];
    const order: string[] = [];
    let inside = 0;
    const visit = async (name: string, lock: ReturnType<typeof lockOf>) => {
      await using _held = await lock.take(soon());
      inside += 1;
      expect(inside).toBe(1);
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 50));
      inside -= 1;
    };
    await Promise.all([visit("one a", one), visit("two", two), visit("one b", one)]);
    expect(order.toSorted()).toEqual(["one a", "one b", "two"]);
    expect(order.indexOf("one a")).toBeLessThan(order.indexOf("one b"));
  });

  test("given back in good order tells the next one nothing", async () => {
    {
      await using held = await lockOf("one").take(soon());
      await held.write(inspecting);
      await held.write(null);
    }
    await using held = await lockOf("two").take(soon());
    expect(held.left).toBeNull();
  });

  test("given back in the middle of something tells the next one what", async () => {
    {
      await using held = await lockOf("one").take(soon());
      await held.write(inspecting);
    }
    await using held = await lockOf("two").take(soon());
    expect(held.left).toEqual(inspecting);
    await held.write(null);
  });

  test("of a bot that was killed goes to the same bot at once, with what it was about", async () => {
    const dead = await lockOf("one", { ttlMs: 60_000 }).take(soon());
    onTestFinished(() => dead[Symbol.asyncDispose]());
    await dead.write(inspecting);
    await using held = await lockOf("one", { waitMs: 5_000 }).take(soon());
    expect(held.left).toEqual(inspecting);
    await held.write(null);
    await expect(dead.write(inspecting)).rejects.toMatchObject({ code: "gate-lost" });
    expect(dead.lost.aborted).toBe(true);
  });

  test("is not taken from another bot that lives: who waits in vain is told so", async () => {
    await using _held = await lockOf("one").take(soon());
    await expect(lockOf("two", { waitMs: 500 }).take(soon())).rejects.toMatchObject({
      code: "gate-busy",
      message: "The firewall is being changed by somebody else: nothing was done within 0.5 s.",
    });
    await expect(lockOf("three").take(AbortSignal.timeout(300))).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("whose holder gave up waiting leaves the turn to those behind", async () => {
    const lock = lockOf("one", { waitMs: 5_000 });
    const first = await lock.take(soon());
    await expect(lock.take(AbortSignal.timeout(100))).rejects.toMatchObject({ name: "TimeoutError" });
    const third = lock.take(soon());
    await first[Symbol.asyncDispose]();
    await (await third)[Symbol.asyncDispose]();
  });

  test("of a bot that says nothing any more goes to another one when its time has run out", async () => {
    const quiet = await lockOf("one", { ttlMs: 10_000 }).take(soon());
    onTestFinished(() => quiet[Symbol.asyncDispose]());
    const [{ Session: id = "" } = {}] = (await world.consul.ask("GET", "/v1/kv/certops/firewall-gate")) as {
      Session?: string;
    }[];
    // As when its time has run out: Consul ends the session by itself.
    await world.consul.ask("PUT", `/v1/session/destroy/${id}`);
    await using _held = await lockOf("two").take(soon());
    await expect.poll(() => quiet.lost.aborted).toBe(true);
  });

  test("with garbage in the place of a journal is taken, and tells nothing", async () => {
    await world.consul.ask("PUT", "/v1/kv/certops/firewall-gate", { kind: "run", request: 7 });
    await using held = await lockOf("one").take(soon());
    expect(held.left).toBeNull();
  });
});

describe("the keys", () => {
  const keys = () => ruleKeys(world.client);
  const set = (key: string, value: string, index = 0) => ({ key, value, index });

  test("are written and removed in one transaction, or not at all", async () => {
    expect(await keys().read()).toEqual({});
    expect(await keys().write({ set: [set("firewall/rules/a", "one"), set("firewall/seal", "s")], remove: [] })).toBe(
      true,
    );
    const held = await keys().read();
    expect(Object.entries(held).map(([key, { value }]) => [key, value])).toEqual([
      ["firewall/rules/a", "one"],
      ["firewall/seal", "s"],
    ]);
    const index = held["firewall/seal"]?.index ?? 0;
    const late = { set: [set("firewall/seal", "t", index - 1)], remove: [{ key: "firewall/rules/a", index }] };
    expect(await keys().write(late)).toBe(false);
    expect(await keys().read()).toEqual(held);
    const remove = Object.entries(held).map(([key, one]) => ({ key, index: one.index }));
    expect(await keys().write({ set: [], remove })).toBe(true);
    expect(await keys().read()).toEqual({});
  });

  test("of more than Consul takes in one transaction are written in several, the seal in the last", async () => {
    onTestFinished(async () => void (await world.consul.ask("DELETE", "/v1/kv/firewall?recurse")));
    const rules = Array.from({ length: 300 }, (_, at) => set(`firewall/rules/r${at}`, "one"));
    expect(await keys().write({ set: [set("firewall/seal", "s"), ...rules], remove: [] })).toBe(true);
    const held = await keys().read();
    expect(Object.keys(held)).toHaveLength(301);
    const indexes = Object.entries(held).flatMap(([key, { index }]) => (key === "firewall/seal" ? [] : [index]));
    expect(held["firewall/seal"]?.index).toBeGreaterThanOrEqual(Math.max(...indexes));
    const remove = Object.entries(held).map(([key, { index }]) => ({ key, index }));
    expect(await keys().write({ set: [], remove })).toBe(true);
    expect(await keys().read()).toEqual({});
  });

  test("of one that is there already are not written as new", async () => {
    await world.consul.ask("PUT", "/v1/kv/firewall/rules/a", "x");
    onTestFinished(async () => void (await world.consul.ask("DELETE", "/v1/kv/firewall?recurse")));
    expect(await keys().write({ set: [set("firewall/rules/a", "one")], remove: [] })).toBe(false);
  });

  test("elsewhere are not to be written by this", async () => {
    await expect(async () => keys().write({ set: [set("certops/x", "one")], remove: [] })).rejects.toMatchObject({
      code: "firewall-key",
    });
  });

  test("that the token may not write are refused in Consul's words", async () => {
    const { client } = world;
    const step = { Verb: "cas", Key: "other/x", Value: "", Index: 0 } as const;
    await expect(client.transact([step])).rejects.toMatchObject({ code: "consul-denied" });
  });
});

describe("a signature", () => {
  test.each([
    ["added", "Consul holds what nobody approved", "evil"],
    ["changed", "Consul holds other values than were approved", null],
  ])("beside which a key is %s in the same moment is told so, and nothing is applied", async (_, told, added) => {
    onTestFinished(async () => void (await world.consul.ask("DELETE", "/v1/kv/firewall?recurse")));
    const request = aFirewallRequest(anOpening());
    const key = `firewall/rules/${added ?? request.id}`;
    const inConsul = ruleKeys(world.client);
    const rules: RuleKeys = {
      ...inConsul,
      async write(change) {
        const written = await inConsul.write(change);
        const signs = change.set.some((one) => one.key === signatureKey);
        if (signs) await world.consul.ask("PUT", `/v1/kv/${key}`, "everything");
        return written;
      },
    };
    let runs = 0;
    const task: Firewall["task"] = {
      prepare: async () => {},
      inspect: async () => ({ changes: true, plan: "      ~ revision = 0 -> 1" }),
      run: async () => void (runs += 1),
      disable: async () => {},
      state: async () => null,
    };
    await using held = await lockOf("one").take(soon());
    const inForce = rulesInForce([]);
    const gate = new Gate({ rules, held, inForce, keys: await rules.read() });
    const wanted = candidate(withChange(inForce, request), 1);
    await gate.write({ kind: "run", request: request.id, revision: 1 }, wanted.keys);
    const applying = { candidate: wanted, begun: false, onRun: async () => {} };
    await expect(
      applyCandidate(idleFirewall(rules, task), gate, applying, firewallLimits, soon()),
    ).rejects.toMatchObject({
      code: "firewall-foreign",
      message: `${told}: ${JSON.stringify(key)}. Nothing was applied.`,
    });
    expect(runs).toBe(0);
    await held.write(null);
  });
});
