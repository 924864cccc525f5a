import type { FirewallRule, RuleEnd } from "./rule.ts";
import type { InForce } from "./rules-in-force.ts";

/**
 * The rules as they stand in Consul. CTS takes a service's addresses from the catalog; the rules of a pinned one stand by the
 * addresses that were approved instead, so that they stay as they are wherever its instances went.
 */
export function asWritten({
  rules,
  services,
  pinned,
}: Pick<InForce, "rules" | "services" | "pinned">): Pick<InForce, "rules" | "services"> {
  if (pinned.length === 0) return { rules, services };
  const end = (one: RuleEnd): RuleEnd =>
    "service" in one && pinned.includes(one.service)
      ? { cidrs: (services[one.service] ?? []).toSorted().map((address) => `${address}/32`) }
      : one;
  const written = [...rules].map(([id, held]) => {
    const rule: FirewallRule = { ...held.rule, from: end(held.rule.from), to: end(held.rule.to) };
    return [id, { ...held, rule }] as const;
  });
  return {
    // One of a service that had no instance lets nothing through, and there is no way to write that.
    rules: new Map(written.filter(([, { rule }]) => !isNowhere(rule.from) && !isNowhere(rule.to))),
    services: Object.fromEntries(Object.entries(services).filter(([name]) => !pinned.includes(name))),
  };
}

const isNowhere = (end: RuleEnd) => "cidrs" in end && end.cidrs.length === 0;
