import { describe, expect, test } from "vitest";
import { covers, passage } from "../../lab/console/page/firewall/passage.ts";
import { rulesIn } from "../../lab/firewall/flows.ts";
import type { LabStatus } from "../../lab/status.ts";

type Firewall = NonNullable<LabStatus["firewall"]>;
type Rule = NonNullable<Firewall["router"]["rules"]>[number];

/** A flow as nft prints it. */
function flow(rule: string, ends: [from: unknown, to: unknown], port: unknown, verdict: object = { accept: null }) {
  const match = (left: object, right: unknown) => ({ match: { op: "==", left, right } });
  const ct = (key: string) => ({ ct: { key, dir: "original" } });
  return {
    rule: {
      chain: "flows",
      expr: [
        match({ meta: { key: "l4proto" } }, "tcp"),
        match(ct("ip saddr"), ends[0]),
        match(ct("ip daddr"), ends[1]),
        match(ct("proto-dst"), port),
        { counter: `rule-${rule}` },
        verdict,
      ],
    },
  };
}

describe("the rules in the router's table", () => {
  test("are put together from their flows, services by name and with whom they mean now", () => {
    const network = { prefix: { addr: "10.81.3.0", len: 24 } };
    const found = rulesIn([
      { set: { name: "service-service-a", elem: ["10.81.2.2", "10.81.2.3"] } },
      flow("f-one", ["@service-service-a", network], { range: [8000, 8010] }),
      flow("f-two", ["10.81.1.2", "10.81.3.2"], 8443),
      flow("f-two", ["10.81.1.2", "10.81.3.3"], 8443),
    ]);
    expect(found).toEqual([
      {
        id: "f-one",
        from: { service: "service-a", addresses: ["10.81.2.2", "10.81.2.3"] },
        to: { service: null, addresses: ["10.81.3.0/24"] },
        protocol: "tcp",
        ports: { first: 8000, last: 8010 },
      },
      {
        id: "f-two",
        from: { service: null, addresses: ["10.81.1.2"] },
        to: { service: null, addresses: ["10.81.3.2", "10.81.3.3"] },
        protocol: "tcp",
        ports: { first: 8443, last: 8443 },
      },
    ]);
  });

  test("are those that accept, in the chain of flows, and no others", () => {
    const stranger = { rule: { chain: "forward", expr: flow("f-x", ["10.1.1.1", "10.1.1.2"], 1).rule.expr } };
    const drops = flow("f-y", ["10.1.1.1", "10.1.1.2"], 1, { drop: null });
    expect(rulesIn([stranger, drops, { rule: { chain: "flows", expr: [{ accept: null }] } }])).toEqual([]);
  });
});

test.for([
  ["10.81.3.2", "10.81.3.2", true],
  ["10.81.3.2", "10.81.3.3", false],
  ["10.81.3.0/24", "10.81.3.255", true],
  ["10.81.3.0/24", "10.81.4.0", false],
  ["10.81.2.0/23", "10.81.3.7", true],
  ["0.0.0.0/0", "255.255.255.255", true],
] as const)("%s covers %s: %s", ([network, address, expected]) => {
  expect(covers(network, address)).toBe(expected);
});

describe("the call across the router", () => {
  const rule: Rule = {
    id: "f-one",
    from: { service: "service-a", addresses: ["10.81.2.2"] },
    to: { service: null, addresses: ["10.81.3.0/24"] },
    protocol: "tcp",
    ports: { first: 8443, last: 8443 },
  };
  const service = (instance: string, on: "application" | "database", address: string, servesAt: number) =>
    ({ instance, on, address, servesAt }) as Firewall["services"][number];

  function state(outcome: "open" | "failed", rules: Rule[] | null): string | undefined {
    return passage({
      hosts: [{ name: "application", zone: "application", network: "", addresses: ["10.81.2.2"], pid: 1 }],
      cts: { kind: "real", version: "0.9.0" },
      services: [service("a-app", "application", "10.81.2.2", 7443), service("b-db", "database", "10.81.3.2", 8443)],
      calls: [{ from: "a-app", to: "10.81.3.2:8443", outcome, cause: null, at: 0 }],
      router: { pid: 1, counters: {}, rules },
    })?.state;
  }

  test("is closed where no rule lets it through: of its protocol, ports and both ends", () => {
    const others: Rule[] = [
      { ...rule, protocol: "udp" },
      { ...rule, ports: { first: 8444, last: 9000 } },
      { ...rule, from: { service: null, addresses: ["10.81.1.0/24"] } },
      { ...rule, to: { service: null, addresses: ["10.81.3.3"] } },
    ];
    expect(state("failed", [])).toBe("closed");
    expect(state("failed", others)).toBe("closed");
  });

  test("failed for another reason where one does, or where nobody knows", () => {
    expect(state("failed", [rule])).toBe("failed");
    expect(state("failed", null)).toBe("failed");
  });

  test("is open when it was answered", () => {
    expect(state("open", [rule])).toBe("open");
  });
});
