import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { freshPacket, type Overlap, overlapOf, type Standing } from "../../domain/firewall/overlap.ts";
import type { PacketPath, PacketSeen } from "../../domain/firewall/packet.ts";
import type { Packet } from "../../domain/firewall/packets.ts";
import { policyObjection, zonePairs } from "../../domain/firewall/policy-objection.ts";
import { cidrsOf, type FirewallRule, type ServiceAddresses } from "../../domain/firewall/rule.ts";
import type { Zone } from "../../domain/firewall/policy.ts";
import type { Drifted } from "../../domain/firewall/router-state.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { covers, sizeOf } from "../../domain/firewall/span.ts";
import { parsePorts } from "../../domain/firewall/wish.ts";
import { spanOf } from "../../domain/firewall/cidr.ts";
import { isRefusal, type Refusal } from "../../domain/refusal.ts";
import type { Clock } from "../ports.ts";
import type { Requests } from "../store-ports.ts";
import { orAway } from "./away.ts";
import { findEnd, type FindEndNeeds, type FoundEnd } from "./find-end.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { routerDrift } from "./router-drift.ts";

/** Whether somebody may reach something, by what, who else may, and what comes of a connection now. */
export interface AccessCheck {
  /** What was asked about, in the form of a rule. */
  asked: FirewallRule;
  verdict: "open" | "partly" | "closed" | "same-zone";
  /** The rules that let it through, or some of it. */
  by: RuleInForce[];
  /** One that goes through; null: none does. */
  through: Packet | null;
  /** One that does not; null: all of it goes through. */
  stopped: Packet | null;
  /** What certops.yaml has against opening what is closed of it, in one sentence; null: nothing, or nothing is closed. */
  objection: string | null;
  /** Who else may reach it there. */
  others: RuleInForce[];
  /** Requests for it that wait for a decision or are at work. */
  open: FirewallRequest[];
  tried: (PacketPath & { seen: PacketSeen })[];
  /** Why nothing was tried; null: something was. */
  untried: string | null;
  /** How the router is not as approved, so that what is said of rules may not hold; null: it is, or it could not be read. */
  drifted: Drifted | null;
}

export interface CheckAccessNeeds extends FindEndNeeds {
  firewall: Pick<Firewall, "policy" | "addresses" | "probers" | "router">;
  requests: Pick<Requests, "list" | "count">;
  clock: Clock;
  /** For a grant of this one look. */
  newId: () => string;
}

/** Refused: what `findEnd` and `parsePorts` refuse, and what ails a Consul that does not answer. */
export async function checkAccess(
  needs: CheckAccessNeeds,
  { from, to, ports }: { from: string; to: string; ports: string },
): Promise<AccessCheck | Refusal> {
  const port = parsePorts(ports);
  if (isRefusal(port)) return port;
  const [source, destination] = await Promise.all([
    orAway(findEnd(needs, "from", from)),
    orAway(findEnd(needs, "to", to)),
  ]);
  if (isRefusal(source)) return source;
  if (isRefusal(destination)) return destination;
  const asked: FirewallRule = { from: source.end, to: destination.end, ...port };

  const [inForce, drifted, open] = await Promise.all([
    readInForce(needs),
    routerDrift(needs).catch(() => null),
    needs.requests.list({ kind: "firewall", states: ["pending", "approved"] }),
  ]);
  const addresses: ServiceAddresses = { ...inForce.services, ...namedAddresses([source, destination]) };
  const rules = [...inForce.rules.values()];
  const overlap = overlapOf(asked, rules, addresses);
  const by = overlap === null ? [] : rules.filter(({ id }) => overlap.by.includes(id));
  const about = open.filter(
    ({ plan }) =>
      plan.action === "open" &&
      overlapOf(asked, [{ id: "", rule: plan.rule }], { ...addresses, ...plan.addresses }) !== null,
  );
  const stays = staysInZone(needs.firewall, asked, addresses);
  const wanted = about.flatMap(({ id, plan }) => (plan.action === "open" ? [{ id, plan }] : []));
  const named = [...rules, ...wanted.map(({ id, plan }) => ({ id, rule: plan.rule }))];
  const everywhere = wanted.reduce<ServiceAddresses>((all, { plan }) => ({ ...plan.addresses, ...all }), addresses);
  const stopped = stays ? null : freshPacket(asked, rules, addresses);
  return {
    asked,
    verdict: stays ? "same-zone" : verdictOf(overlap),
    by,
    through: overlap?.packet ?? null,
    stopped,
    objection: stopped === null ? null : (policyObjection(needs.firewall.policy, asked, addresses)?.message ?? null),
    others: rules.filter((rule) => !by.includes(rule) && reaches(rule, asked, addresses)),
    open: about,
    drifted,
    ...(await tryNow(needs, asked, { addresses, packets: stays ? [] : packetsOf(asked, named, everywhere) })),
  };
}

const namedAddresses = (ends: FoundEnd[]): ServiceAddresses =>
  Object.fromEntries(
    ends.flatMap(({ end, addresses }): [string, string[]][] =>
      "service" in end && addresses !== null ? [[end.service, addresses]] : [],
    ),
  );

function verdictOf(overlap: Overlap | null): AccessCheck["verdict"] {
  if (overlap === null) return "closed";
  return overlap.how === "overlapping" ? "partly" : "open";
}

function staysInZone(
  { policy }: CheckAccessNeeds["firewall"],
  asked: FirewallRule,
  addresses: ServiceAddresses,
): boolean {
  const pairs = zonePairs(policy, asked, addresses);
  return pairs.length > 0 && pairs.every(([source, destination]) => source === destination);
}

/** Whether the rule leads from anywhere to what was asked about. */
function reaches({ id, rule }: RuleInForce, asked: FirewallRule, addresses: ServiceAddresses): boolean {
  return overlapOf({ ...asked, from: rule.from }, [{ id, rule }], addresses) !== null;
}

const mostTries = 4;
const deadlineMs = 2_000;
const grantMs = 15_000;

/** Whether the packets of a zone's prober are packets of these networks. */
function sendsFrom({ prober, address }: Zone, networks: string[]): boolean {
  return prober !== null && address !== null && networks.some((cidr) => covers(spanOf(cidr), spanOf(address)));
}

/**
 * At each single address that was asked about, one packet of what a rule or an open request names; where none of them leads
 * from there, of what one leads to from elsewhere, to see that it is closed.
 */
function packetsOf(asked: FirewallRule, named: Standing[], addresses: ServiceAddresses): Packet[] {
  const hosts = cidrsOf(asked.to, addresses).filter((cidr) => sizeOf(spanOf(cidr)) === 1);
  return hosts.flatMap((host) => {
    const there: FirewallRule = { ...asked, to: { cidrs: [host] } };
    const elsewhere = named.map((one) => overlapOf({ ...there, from: one.rule.from }, [one], addresses));
    return [overlapOf(there, named, addresses), ...elsewhere].find((one) => one !== null)?.packet ?? [];
  });
}

/** From the source's zone: nothing that nobody asked for. */
async function tryNow(
  { firewall: { policy, probers }, clock, newId }: CheckAccessNeeds,
  asked: FirewallRule,
  { addresses, packets }: { addresses: ServiceAddresses; packets: Packet[] },
): Promise<Pick<AccessCheck, "tried" | "untried">> {
  const no = (untried: string) => ({ tried: [], untried });
  if (asked.protocol === "udp")
    return no("UDP does not answer a connection: its rule's counter tells, /firewall show.");
  if (packets.length === 0) return no("Probers try single addresses, and only what a rule or an open request names.");
  const sources = cidrsOf(asked.from, addresses);
  const zone = policy.zones.find((one) => sendsFrom(one, sources));
  if (zone === undefined) return no("No prober stands at one of the addresses that it would come from.");
  const grant = newId();
  const paths = packets.slice(0, mostTries).map(({ to, port }) => ({ zone: zone.name, address: to, port }));
  try {
    await probers.grant(grant, {
      zone: zone.name,
      addresses: paths.map(({ address }) => address),
      ports: [...new Set(paths.map(({ port }) => port))],
      until: clock() + grantMs,
    });
  } catch {
    return no(`The prober of ${zone.name} does not answer.`);
  }
  try {
    const tried = await Promise.all(
      paths.map(async (path) => ({ ...path, seen: await probers.try({ ...path, grant }, deadlineMs) })),
    );
    return { tried, untried: null };
  } finally {
    // It ends by itself soon after.
    await probers.revoke(grant).catch(() => undefined);
  }
}
