import { covers } from "./span.ts";
import { spanOf } from "./cidr.ts";
import { allowing, freshPacket } from "./overlap.ts";
import type { FirewallPlan } from "./firewall-request.ts";
import type { Packet } from "./packets.ts";
import type { PacketCheck, PacketPath } from "./packet.ts";
import type { FirewallPolicy, Zone } from "./policy.ts";
import type { InForce } from "./rules-in-force.ts";
import { cidrsOf, type FirewallRule, type ServiceAddresses, tellEnd } from "./rule.ts";
import { zoneOf } from "./zones.ts";

/** How many rules are tried where a change touches more than one. */
const mostRules = 3;

interface Change {
  plan: FirewallPlan;
  /** Of the request: the id of the rule that it opens. */
  id: string;
  before: InForce;
  after: InForce;
}

/** Where probers stand, and which hosts are there to be tried. */
export interface Ground {
  zones: FirewallPolicy["zones"];
  /** Addresses of hosts that are known, besides those of the zones: tried where a rule names a whole network. */
  hosts?: string[];
}

/** What is to be tried before and after a change. Of UDP only what is to be open: that nothing answers shows no end. */
export function checksFor(change: Change, ground: Ground): PacketCheck[] {
  const { plan, after } = change;
  switch (plan.action) {
    case "open":
      return [...sourceChecks(change, plan.rule, ground), ...closedChecks(change, plan.rule, ground)];
    case "close":
      return tcpChecks(change, plan.rule, ground);
    case "extend":
      return [];
    case "follow":
    case "restore":
      return [...after.rules.values()]
        .filter(({ id, rule }) => (plan.action === "restore" ? plan.rules.includes(id) : names(rule, plan.service)))
        .slice(0, mostRules)
        .flatMap(({ rule }) => tcpChecks(change, rule, ground));
  }
}

/** Why no packet will be able to show that a rule is open; null: one will. `counted`: its counter on the router is read. */
export function unprovable(
  rule: FirewallRule,
  { addresses, ground, counted }: { addresses: ServiceAddresses; ground: Ground; counted: boolean },
): string | null {
  if (rule.protocol === "udp" && !counted) {
    return "UDP does not answer a probe, and certops.yaml names no router whose counters would tell (firewall.router).";
  }
  if (hostsOf(rule, addresses, ground).length === 0) {
    return `No host is known in ${tellEnd(rule.to)} at which it could be tried.`;
  }
  const paths = pathsOf(rule, addresses, ground);
  if (paths.some(({ packet }) => matches(rule, packet, addresses))) return null;
  return `No prober stands at ${tellEnd(rule.from)}: nobody could try it from there.`;
}

/** Whether somebody other than a zone has to say which hosts there are. */
export const needsHosts = (rule: FirewallRule, addresses: ServiceAddresses, { zones }: Ground): boolean =>
  hostsOf(rule, addresses, { zones }).length === 0;

const tcpChecks = (change: Change, rule: FirewallRule, ground: Ground): PacketCheck[] =>
  rule.protocol === "tcp" ? sourceChecks(change, rule, ground) : [];

const names = ({ from, to }: FirewallRule, service: string) =>
  [from, to].some((end) => "service" in end && end.service === service);

/** From where the rule is for, preferably by what no other rule lets through: open when any rule does so afterwards. */
function sourceChecks({ before, after }: Change, rule: FirewallRule, ground: Ground): PacketCheck[] {
  const services = { ...before.services, ...after.services };
  const others = [...before.rules.values()];
  return pathsOf(rule, services, ground).flatMap(({ path, packet, hosts }) => {
    if (!matches(rule, packet, services)) return [];
    const from = { cidrs: [`${packet.from}/32`] };
    const fresh = hosts
      .map((host) => freshPacket({ ...rule, from, to: { cidrs: [`${host}/32`] } }, others, services))
      .find((one) => one !== null);
    const tried = fresh ?? packet;
    const wanted = isOpen(after, tried) ? "open" : "closed";
    return [{ ...path, address: tried.to, port: tried.port, kind: "source", wanted, before: null, after: null }];
  });
}

/** What has to stay closed: the other zones, and the ports beside it from where it is for. */
function closedChecks({ after }: Change, rule: FirewallRule, ground: Ground): PacketCheck[] {
  if (rule.protocol !== "tcp") return [];
  const paths = pathsOf(rule, after.services, ground);
  const elsewhere = paths
    .filter(({ packet }) => !isOpen(after, packet))
    .map(({ path }) => ({ ...path, kind: "elsewhere" as const }));
  const beside = [rule.ports.first - 1, rule.ports.last + 1].filter((port) => port >= 1 && port <= 65_535);
  const neighbours = paths
    .filter(({ packet }) => matches(rule, packet, after.services))
    .flatMap(({ path, packet }) => beside.map((port) => ({ path: { ...path, port }, packet: { ...packet, port } })))
    .filter(({ packet }) => !isOpen(after, packet))
    .map(({ path }) => ({ ...path, kind: "neighbour" as const }));
  return [...elsewhere, ...neighbours].map((check) => ({ ...check, wanted: "closed", before: null, after: null }));
}

interface Tryable {
  path: PacketPath;
  packet: Packet;
  /** Every host at which it could be tried from there. */
  hosts: string[];
}

/** From every prober to the first host that can be tried, on the rule's first port; not within one zone, which no router sees. */
function pathsOf(rule: FirewallRule, services: ServiceAddresses, ground: Ground): Tryable[] {
  const { protocol, ports } = rule;
  const all = hostsOf(rule, services, ground);
  const port = ports.first;
  return ground.zones.filter(isProbing).flatMap((zone) => {
    const hosts = all.filter((host) => zoneOf(ground, host)?.name !== zone.name);
    const [address] = hosts;
    if (address === undefined) return [];
    const path = { zone: zone.name, address, port, ...(protocol === "udp" && { protocol }) };
    return [{ path, packet: { protocol, from: zone.address, to: address, port }, hosts }];
  });
}

const isProbing = (zone: Zone): zone is Zone & { address: string } => zone.prober !== null && zone.address !== null;

/** The hosts that a rule names one by one; where it names only networks, those that are known to be in them. */
function hostsOf(rule: FirewallRule, services: ServiceAddresses, { zones, hosts = [] }: Ground): string[] {
  const cidrs = cidrsOf(rule.to, services);
  const named = cidrs.filter((cidr) => cidr.endsWith("/32")).map((cidr) => cidr.slice(0, -"/32".length));
  if (named.length > 0) return named;
  const known = [...zones.flatMap(({ address }) => address ?? []), ...hosts];
  return known.filter((host) => cidrs.some((cidr) => covers(spanOf(cidr), spanOf(host))));
}

const matches = (rule: FirewallRule, packet: Packet, services: ServiceAddresses) =>
  allowing(packet, [{ id: "", rule }], services).length > 0;

const isOpen = ({ rules, services }: InForce, packet: Packet) =>
  allowing(packet, [...rules.values()], services).length > 0;
