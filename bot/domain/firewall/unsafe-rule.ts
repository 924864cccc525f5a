import { parseCidr } from "./cidr.ts";
import { type FirewallRule, type RuleEnd, tellRule } from "./rule.ts";
import { isRefusal } from "../refusal.ts";

// The last look before a rule is written where Terraform and nft read it. What asks for rules checks them before, in
// kinder words; this holds whatever came by another way.

const service = /^[A-Za-z0-9_-]{1,63}$/;
const id = /^[a-z][a-z0-9-]{0,62}$/;

/** Why this may not be written; null: every character of it means what it says. */
export function unsafeIn(ruleId: string, rule: FirewallRule): string | null {
  if (!id.test(ruleId)) return `${JSON.stringify(ruleId)} is no id of a rule: a–z, 0–9 and - only, a letter first.`;
  const { from, to, protocol, ports } = rule;
  const problem = unsafeEnd(from) ?? unsafeEnd(to);
  if (problem !== null) return problem;
  if (protocol !== "tcp" && protocol !== "udp") return `${JSON.stringify(protocol)} is neither tcp nor udp.`;
  const { first, last } = ports;
  const isRange =
    [first, last].every((port) => Number.isInteger(port)) && 1 <= first && first <= last && last <= 65_535;
  return isRange ? null : `${JSON.stringify(ports)} are no ports: 1 to 65535, the lower one first.`;
}

function unsafeEnd(end: RuleEnd): string | null {
  if ("service" in end) {
    return service.test(end.service)
      ? null
      : `${JSON.stringify(end.service)} is no name of a service: letters, digits, - and _ only.`;
  }
  if (end.cidrs.length === 0) return "A rule needs a network or a service at each end.";
  const odd = end.cidrs.find((cidr) => isRefusal(parseCidr(cidr)) || parseCidr(cidr) !== cidr);
  return odd === undefined
    ? null
    : `${JSON.stringify(odd)} is no network such as 10.0.0.0/24, nor a host such as 10.0.0.5/32.`;
}

/** An address of the catalog, as it goes under the seal. */
export function unsafeAddress(name: string, addresses: string[]): string | null {
  const odd = addresses.find((address) => parseCidr(address) !== `${address}/32`);
  return odd === undefined ? null : `${name} has the address ${JSON.stringify(odd)}, which is no IPv4 address.`;
}

/** The first rule of these that may not be written, told in one sentence. */
export function unsafeRules(rules: Iterable<[string, { rule: FirewallRule }]>): string | null {
  for (const [ruleId, { rule }] of rules) {
    const why = unsafeIn(ruleId, rule);
    if (why !== null) return `${why} The rule ${JSON.stringify(tellRule(rule))} is not written.`;
  }
  return null;
}
