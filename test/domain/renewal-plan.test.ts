import { describe, expect, test } from "vitest";
import { hashOf } from "../../bot/domain/canonical.ts";
import { planFor, planMoves } from "../../bot/domain/plan.ts";
import { anEndpoint, aService } from "../support/renewal-fixtures.ts";

describe("a plan", () => {
  const plan = planFor(aService());

  test("holds the intent, and nothing of what is served now", () => {
    expect(plan).toEqual({
      service: "service-a",
      names: ["service-a.example.com"],
      issuer: { mount: "pki", role: "service-a" },
      ttl: "2m",
      key: "EC P-256",
      deployment: { kind: "vault-agent", mount: "kv", path: "certops/service-a" },
      instances: ["a-1", "a-2"],
      rollout: "all",
    });
  });

  test("moves with its intent, and its hash with it", () => {
    const changes = [
      { names: ["service-a.example.com", "www.example.com"] },
      { issuer: { mount: "pki", role: "service-a-rsa" } },
      { ttl: "3m" },
      { key: "RSA 2048" },
      { deployment: { kind: "vault-agent", mount: "kv", path: "certops/other" } },
      { endpoints: [anEndpoint("a-1")] },
      { rollout: "one-first" },
    ] as const;
    const moved = changes.map((change) => planFor(aService({ ...change } as Parameters<typeof aService>[0])));
    expect(moved.map((current) => planMoves(plan, current))).toEqual([
      ["names: service-a.example.com is now service-a.example.com, www.example.com"],
      ["issuer: pki/service-a is now pki/service-a-rsa"],
      ["ttl: 2m is now 3m"],
      ["key: EC P-256 is now RSA 2048"],
      ["deployment: vault-agent kv/certops/service-a is now vault-agent kv/certops/other"],
      ["instances: a-1, a-2 is now a-1"],
      ["rollout: all is now one-first"],
    ]);
    expect(new Set([plan, ...moved].map(hashOf)).size).toBe(changes.length + 1);
  });

  test("stays where only the surroundings change", () => {
    const current = planFor(
      aService({
        owner: "someone else",
        renewBefore: 0.5,
        endpoints: [anEndpoint("a-1", { port: 1 }), anEndpoint("a-2")],
      }),
    );
    expect(planMoves(plan, current)).toEqual([]);
    expect(hashOf(current)).toBe(hashOf(plan));
  });
});

describe("a hash", () => {
  test("does not depend on the order of keys, at any depth", () => {
    expect(hashOf({ a: 1, b: { c: [1, { d: 2, e: 3 }] } })).toBe(hashOf({ b: { c: [1, { e: 3, d: 2 }] }, a: 1 }));
  });

  test("depends on the order of a list, and on every value", () => {
    const hashes = [{ a: [1, 2] }, { a: [2, 1] }, { a: ["1", 2] }, { a: [1, 2], b: null }].map(hashOf);
    expect(new Set(hashes).size).toBe(4);
  });

  test("is the one that anybody can make anew", () => {
    // printf '{"a":"é","b":1}' | sha256sum
    expect(hashOf({ b: 1, a: "é" })).toBe("aa58fba8483623bed37c1b02edfccbdd9a53123837c20bfa4cb4049993a2872e");
  });
});
