import { describe, expect, test } from "vitest";
import { allowing, freshPacket, overlapOf, type Standing } from "../../bot/domain/firewall/overlap.ts";
import { type Packet, tellPacket } from "../../bot/domain/firewall/packets.ts";
import type { FirewallRule, ServiceAddresses } from "../../bot/domain/firewall/rule.ts";
import { addresses, aRule } from "../support/firewall-fixtures.ts";

const cidrs = (...list: string[]) => ({ cidrs: list });
const ports = (first: number, last = first) => ({ first, last });
const one = (changes: Partial<FirewallRule> = {}, id = "f-aaaaaaaa"): Standing => ({ id, rule: aRule(changes) });

describe("what rules in force let through already", () => {
  test.each<[string, Partial<FirewallRule>, Standing[], ReturnType<typeof overlapOf>]>([
    ["nothing where there are none", {}, [], null],
    ["nothing on another port", {}, [one({ ports: ports(8444) })], null],
    ["nothing by the other protocol", {}, [one({ protocol: "udp" })], null],
    ["nothing the other way round", {}, [one({ from: { service: "service-b" }, to: { service: "service-a" } })], null],
    [
      "exactly the same",
      {},
      [one()],
      { how: "exact", by: ["f-aaaaaaaa"], packet: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8443 } },
    ],
    [
      "the same by another name",
      {},
      [one({ from: cidrs("10.81.2.2/32"), to: cidrs("10.81.3.2/32") })],
      { how: "exact", by: ["f-aaaaaaaa"], packet: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8443 } },
    ],
    [
      "all of it by a wider network and a range",
      {},
      [one({ from: cidrs("10.81.2.0/24"), ports: ports(8000, 9000) })],
      {
        how: "covered",
        by: ["f-aaaaaaaa"],
        packet: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8443 },
      },
    ],
    [
      "all of it by two halves together",
      { ports: ports(8000, 8010) },
      [one({ ports: ports(7000, 8004) }, "f-lower222"), one({ ports: ports(8005, 9000) }, "f-upper222")],
      {
        how: "covered",
        by: ["f-lower222", "f-upper222"],
        packet: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8000 },
      },
    ],
    [
      "some of it",
      { ports: ports(8000, 8010) },
      [one({ ports: ports(8010, 8020) })],
      {
        how: "overlapping",
        by: ["f-aaaaaaaa"],
        packet: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8010 },
      },
    ],
  ])("%s", (_, rule, standing, overlap) => {
    expect(overlapOf(aRule(rule), standing, addresses)).toEqual(overlap);
  });

  test("a service without an instance lets nothing through, and is let through nowhere", () => {
    const none: ServiceAddresses = { "service-a": [], "service-b": ["10.81.3.2"] };
    expect(overlapOf(aRule(), [one()], none)).toBeNull();
    expect(freshPacket(aRule(), [], none)).toBeNull();
  });

  test("a packet is told between hosts, not from the address of a network", () => {
    const wide = aRule({ from: cidrs("10.81.2.0/24"), to: cidrs("10.81.3.0/24") });
    expect(tellPacket(overlapOf(wide, [one()], addresses)?.packet as Packet)).toBe(
      "tcp 10.81.2.2 → 10.81.3.2 port 8443",
    );
    expect(tellPacket(freshPacket(wide, [], addresses) as Packet)).toBe("tcp 10.81.2.1 → 10.81.3.1 port 8443");
  });
});

/** Small worlds of which every packet can be tried: rules drawn by a seed, as in mulberry32. */
function drawn(seed: number) {
  let state = seed;
  const next = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  const network = () => {
    const length = 28 + next(5);
    const size = 2 ** (32 - length);
    return `10.0.0.${Math.floor(next(16) / size) * size}/${length}`;
  };
  const end = () => (next(3) === 0 ? { service: "moving" } : { cidrs: Array.from({ length: 1 + next(2) }, network) });
  const rule = (): FirewallRule => {
    const first = 1 + next(6);
    return { from: end(), to: end(), protocol: next(4) === 0 ? "udp" : "tcp", ports: { first, last: first + next(4) } };
  };
  const moving = Array.from({ length: next(3) }, () => `10.0.0.${next(16)}`);
  const wanted = rule();
  // Two drawn alike by chance are rare.
  const other = () => (next(16) === 0 ? wanted : rule());
  const standing = Array.from({ length: next(5) }, (_, index): Standing => ({ id: `f-${index}`, rule: other() }));
  return { rule: wanted, standing, addresses: { moving } };
}

const hosts = Array.from({ length: 16 }, (_, last) => `10.0.0.${last}`);

/** By the definition itself: every packet there is, tried one by one. */
function everyPacket({ protocol, ...rule }: FirewallRule, at: ServiceAddresses): Packet[] {
  return hosts.flatMap((from) =>
    hosts.flatMap((to) =>
      Array.from({ length: 10 }, (_, index) => index + 1).flatMap((port) => {
        const packet: Packet = { protocol, from, to, port };
        return lets({ protocol, ...rule }, packet, at) ? [packet] : [];
      }),
    ),
  );
}

function lets({ from, to, protocol, ports: span }: FirewallRule, packet: Packet, at: ServiceAddresses): boolean {
  const holds = (end: FirewallRule["from"], address: string) =>
    "service" in end
      ? (at[end.service] ?? []).includes(address)
      : end.cidrs.some((cidr) => {
          const [network = "", length = ""] = cidr.split("/");
          const [host, base] = [address, network].map((text) => Number(text.split(".")[3]));
          const size = 2 ** (32 - Number(length));
          return Math.floor((host ?? 0) / size) === Math.floor((base ?? 0) / size);
        });
  return (
    protocol === packet.protocol &&
    span.first <= packet.port &&
    packet.port <= span.last &&
    holds(from, packet.from) &&
    holds(to, packet.to)
  );
}

/** What the algebra says of one drawing, and every packet tried says otherwise; empty: they agree. */
function disagreements(seed: number): string[] {
  const { rule, standing, addresses: at } = drawn(seed);
  const packets = everyPacket(rule, at);
  const isThrough = (packet: Packet) => standing.some((other) => lets(other.rule, packet, at));
  const through = packets.filter(isThrough);
  const overlap = overlapOf(rule, standing, at);
  const fresh = freshPacket(rule, standing, at);
  const by = standing.filter(({ id }) => overlap?.by.includes(id));
  const isAmong = (all: Packet[], one: Packet) => all.some((other) => tellPacket(other) === tellPacket(one));
  const exactly = by[0] && overlap?.how === "exact" ? everyPacket(by[0].rule, at) : packets;
  const claims: Record<string, boolean> = {
    "nothing goes through": (overlap === null) === (through.length === 0),
    "some of it": overlap === null || (overlap.how === "overlapping") === through.length < packets.length,
    "the packet goes through": overlap === null || isAmong(through, overlap.packet),
    "by these rules": overlap === null || by.some((other) => lets(other.rule, overlap.packet, at)),
    "exactly the same": exactly.length === packets.length && exactly.every((packet) => isAmong(packets, packet)),
    "a fresh packet": (fresh === null) === (through.length === packets.length),
    "which is its own, and stopped": fresh === null || (isAmong(packets, fresh) && !isThrough(fresh)),
    "who lets it through": packets
      .slice(0, 20)
      .every(
        (packet) =>
          allowing(packet, standing, at).length === standing.filter((one) => lets(one.rule, packet, at)).length,
      ),
  };
  return Object.entries(claims).flatMap(([claim, holds]) => (holds ? [] : [`seed ${seed}: ${claim}`]));
}

describe("of rules drawn at random", () => {
  const seeds = Array.from({ length: 400 }, (_, index) => index + 1);

  test("what overlaps, and the packets that show it, agree with every packet tried", () => {
    expect(seeds.flatMap(disagreements)).toEqual([]);
  });

  test("every kind of overlap is among them, or nothing would be shown of it", () => {
    const met = seeds.map((seed) => {
      const { rule, standing, addresses: at } = drawn(seed);
      return overlapOf(rule, standing, at)?.how ?? "none";
    });
    const times = (how: string) => met.filter((one) => one === how).length;
    for (const how of ["exact", "covered", "overlapping", "none"]) expect(times(how)).toBeGreaterThan(3);
  });
});
