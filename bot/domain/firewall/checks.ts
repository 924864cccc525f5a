import { allowing } from "./overlap.ts";
import type { FirewallPlan } from "./firewall-request.ts";
import type { Packet } from "./packets.ts";
import type { PacketCheck, PacketPath } from "./packet.ts";
import type { FirewallPolicy, Zone } from "./policy.ts";
import type { InForce } from "./rules-in-force.ts";
import { cidrsOf, type FirewallRule, type ServiceAddresses } from "./rule.ts";
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

/** What is to be tried before and after a change; nothing of UDP, which does not answer. */
export function checksFor(change: Change, policy: Pick<FirewallPolicy, "zones">): PacketCheck[] {
  const { plan, after } = change;
  switch (plan.action) {
    case "open":
      return [...sourceChecks(change, plan.rule, policy), ...closedChecks(change, plan.rule, policy)];
    case "close":
      return sourceChecks(change, plan.rule, policy);
    case "extend":
      return [];
    case "follow":
    case "restore":
      return [...after.rules.values()]
        .filter(({ id, rule }) => (plan.action === "restore" ? plan.rules.includes(id) : names(rule, plan.service)))
        .slice(0, mostRules)
        .flatMap(({ rule }) => sourceChecks(change, rule, policy));
  }
}

const names = ({ from, to }: FirewallRule, service: string) =>
  [from, to].some((end) => "service" in end && end.service === service);

/** From where the rule is for: open when any rule lets it through afterwards. */
function sourceChecks(
  { before, after }: Change,
  rule: FirewallRule,
  policy: Pick<FirewallPolicy, "zones">,
): PacketCheck[] {
  const services = { ...before.services, ...after.services };
  return pathsOf(rule, services, policy).flatMap(({ path, packet }) => {
    if (!matches(rule, packet, services)) return [];
    return [{ ...path, kind: "source", wanted: isOpen(after, packet) ? "open" : "closed", before: null, after: null }];
  });
}

/** What has to stay closed: the other zones, and the ports beside it from where it is for. */
function closedChecks({ after }: Change, rule: FirewallRule, policy: Pick<FirewallPolicy, "zones">): PacketCheck[] {
  const paths = pathsOf(rule, after.services, policy);
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
}

/** From every prober to the first host that the rule names, on its first port; not within one zone, which no router sees. */
function pathsOf(rule: FirewallRule, services: ServiceAddresses, policy: Pick<FirewallPolicy, "zones">): Tryable[] {
  const host = cidrsOf(rule.to, services).find((cidr) => cidr.endsWith("/32"));
  if (host === undefined || rule.protocol !== "tcp") return [];
  const address = host.slice(0, -"/32".length);
  const there = zoneOf(policy, host);
  const probing = policy.zones.filter(
    (zone): zone is Zone & { address: string } => zone.prober !== null && zone.address !== null,
  );
  const port = rule.ports.first;
  return probing
    .filter(({ name }) => name !== there?.name)
    .map((zone) => ({
      path: { zone: zone.name, address, port },
      packet: { protocol: "tcp", from: zone.address, to: address, port },
    }));
}

const matches = (rule: FirewallRule, packet: Packet, services: ServiceAddresses) =>
  allowing(packet, [{ id: "", rule }], services).length > 0;

const isOpen = ({ rules, services }: InForce, packet: Packet) =>
  allowing(packet, [...rules.values()], services).length > 0;
