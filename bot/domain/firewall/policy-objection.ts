import { at } from "../forms.ts";
import { refuse } from "../refusal.ts";
import { tellCidr } from "./cidr.ts";
import type { FirewallPlan } from "./firewall-request.ts";
import type { FirewallPolicy, Zone } from "./policy.ts";
import { cidrsOf, type FirewallRule, type RuleEnd, type ServiceAddresses, tellEnd, tellPorts } from "./rule.ts";
import { common, sizeOf } from "./span.ts";
import type { FieldRefusal } from "./wish.ts";
import { tellZone, zoneOf, zonesMet } from "./zones.ts";

/**
 * What certops.yaml has against a rule; null: nothing. Refused: forbidden-port, range-too-large, no-zone, several-zones,
 * same-zone, zones-apart. `addresses`: of the services that the rule names.
 */
export function policyObjection(
  policy: FirewallPolicy,
  rule: FirewallRule,
  addresses: ServiceAddresses,
): FieldRefusal | null {
  return (
    portObjection(policy, rule) ??
    zonelessObjection(policy, rule, addresses, "from") ??
    zonelessObjection(policy, rule, addresses, "to") ??
    meetingObjection(policy, rule, addresses)
  );
}

/**
 * What certops.yaml, which may be another one than when it was asked for, has against what a request opens or keeps open;
 * null: nothing, or it does neither. `services`: where those of the rules in force are, as approved.
 */
export function objectionToPlan(
  policy: FirewallPolicy,
  plan: FirewallPlan,
  services: ServiceAddresses,
): FieldRefusal | null {
  if (plan.action === "open") return policyObjection(policy, plan.rule, plan.addresses);
  return plan.action === "extend" ? policyObjection(policy, plan.rule, services) : null;
}

function portObjection({ forbiddenPorts, largestRange }: FirewallPolicy, { ports }: FirewallRule): FieldRefusal | null {
  const told = tellPorts(ports);
  const forbidden = forbiddenPorts.find((span) => common(span, ports) !== null);
  if (forbidden !== undefined) {
    const what =
      sizeOf(ports) === 1 ? `Port ${told} may not be opened.` : `Among ${told} is a port that may not be opened.`;
    const hint = `certops.yaml forbids ${tellPorts(forbidden)}: use another port, or ask who keeps that file.`;
    return at("ports", refuse("forbidden-port", what, hint));
  }
  if (sizeOf(ports) <= largestRange) return null;
  const what = `${told} are ${sizeOf(ports)} ports, and one rule may open ${largestRange} at most.`;
  return at("ports", refuse("range-too-large", what, "Name the ports that are needed, in several requests."));
}

/** Each network of an end has to lie in one zone: what a rule does can be shown from zones alone. */
function zonelessObjection(
  policy: FirewallPolicy,
  rule: FirewallRule,
  addresses: ServiceAddresses,
  side: "from" | "to",
): FieldRefusal | null {
  const end = rule[side];
  const cidr = cidrsOf(end, addresses).find((one) => zoneOf(policy, one) === null);
  if (cidr === undefined) return null;
  const named = "service" in end ? `${end.service} at ${tellCidr(cidr)}` : tellCidr(cidr);
  const met = zonesMet(policy, cidr);
  if (met.length > 0) {
    const what = `${named} reaches beyond the zone ${met.map(({ name }) => name).join(" and ")}.`;
    return at(side, refuse("several-zones", what, `Ask for less: ${met.map(tellZone).join("; ")}.`));
  }
  const zones = policy.zones.map(tellZone).join("; ");
  return at(side, refuse("no-zone", `${named} lies in no zone of certops.yaml.`, `The zones are ${zones}.`));
}

function meetingObjection(
  policy: FirewallPolicy,
  rule: FirewallRule,
  addresses: ServiceAddresses,
): FieldRefusal | null {
  const pairs = zonePairs(policy, rule, addresses);
  const kept = pairs.find(([source, destination]) => areApart(policy, source, destination));
  const told = `${tellEnd(rule.from)} and ${tellEnd(rule.to)}`;
  if (kept !== undefined) {
    const what = `The zones ${kept[0].name} and ${kept[1].name} may never meet.`;
    return at("to", refuse("zones-apart", what, `certops.yaml keeps them apart, and ${told} with them.`));
  }
  if (pairs.length === 0 || pairs.some(([source, destination]) => source !== destination)) return null;
  return at(
    "to",
    refuse(
      "same-zone",
      `${told} are both in the zone ${pairs[0]?.[0].name}.`,
      "What stays within a zone does not pass the firewall: there is nothing to open.",
    ),
  );
}

/** Every zone that it leads from, with every zone that it leads to. */
export function zonePairs(
  policy: Pick<FirewallPolicy, "zones">,
  rule: FirewallRule,
  addresses: ServiceAddresses,
): [Zone, Zone][] {
  const zones = (end: RuleEnd) => new Set(cidrsOf(end, addresses).flatMap((cidr) => zoneOf(policy, cidr) ?? []));
  const destinations = [...zones(rule.to)];
  return [...zones(rule.from)].flatMap((source) => destinations.map((one): [Zone, Zone] => [source, one]));
}

function areApart({ apart }: Pick<FirewallPolicy, "apart">, { name: a }: Zone, { name: b }: Zone): boolean {
  return apart.some(([one, other]) => (a === one && b === other) || (a === other && b === one));
}
