import { isDeepStrictEqual } from "node:util";
import type { FirewallPlan, FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { InForce } from "../../domain/firewall/rules-in-force.ts";
import type { ServiceAddresses } from "../../domain/firewall/rule.ts";
import { refuse, type Refusal } from "../../domain/refusal.ts";
import { type Candidate, namedServices } from "./candidate.ts";
import type { Firewall } from "./ports.ts";

/**
 * What a request asks for and is no longer so: one phrase each, none when it stands. `now`: at the moment of the run or of
 * the click.
 */
export async function firewallMoves(
  { addresses }: Pick<Firewall, "addresses">,
  inForce: InForce,
  { id, plan, requester }: FirewallRequest,
  now: number,
): Promise<string[]> {
  switch (plan.action) {
    case "open": {
      if (inForce.rules.has(id)) return [`${id} is in force already`];
      const over = plan.until !== null && plan.until <= now ? ["its end has come"] : [];
      return [...over, ...(await movedAddresses({ addresses }, plan.addresses))];
    }
    case "close": {
      const rule = inForce.rules.get(plan.ruleId);
      if (rule === undefined) return [`${plan.ruleId} is not in force any more`];
      const extended = requester === "certops" && (rule.until === null || rule.until > now);
      return extended ? [`${plan.ruleId} was extended`] : [];
    }
    case "extend": {
      const rule = inForce.rules.get(plan.ruleId);
      if (rule === undefined) return [`${plan.ruleId} is not in force any more`];
      if (rule.until !== plan.before) return [`${plan.ruleId} was given another end already`];
      return plan.until !== null && plan.until <= now ? ["its new end has come"] : [];
    }
    case "follow": {
      const held = inForce.services[plan.service];
      if (held === undefined) return [`no rule names ${plan.service} any more`];
      if (!isDeepStrictEqual(held, plan.before)) return [`${plan.service} was followed already`];
      return movedAddresses({ addresses }, { [plan.service]: plan.after });
    }
    case "restore":
      return [];
  }
}

/** Services that are not where they are to be, each as one phrase. */
export async function movedAddresses(
  firewall: Pick<Firewall, "addresses">,
  approved: ServiceAddresses,
): Promise<string[]> {
  return (await movedServices(firewall, approved)).map(
    ({ name, held, now }) =>
      `${name} is at ${now.join(", ") || "no address"} now, and was at ${held.join(", ") || "none"}`,
  );
}

/** Services that are not where they are to be. */
export async function movedServices({ addresses }: Pick<Firewall, "addresses">, approved: ServiceAddresses) {
  const found = await Promise.all(
    Object.entries(approved).map(async ([name, held]) => ({ name, held, now: await addresses(name) })),
  );
  return found.filter(({ held, now }) => !isDeepStrictEqual(held.toSorted(), now.toSorted()));
}

/**
 * Services that have moved and were not followed yet, so that no seal fits: each as one phrase. A new rule does not take the
 * others along to addresses that were approved for it alone.
 */
export async function unsettledServices(
  firewall: Pick<Firewall, "addresses">,
  inForce: InForce,
  { wanted }: Candidate,
  plan: FirewallPlan,
): Promise<string[]> {
  const approved = plan.action === "open" ? plan.addresses : {};
  const ahead = Object.entries(approved).flatMap(([name, held]) => {
    const before = inForce.services[name];
    return before === undefined || isDeepStrictEqual(before.toSorted(), held.toSorted())
      ? []
      : [`the rules of ${name} have not followed it to ${held.join(", ") || "no address"} yet`];
  });
  const named = namedServices(wanted).map((name) => [name, wanted.services[name] ?? []] as const);
  return ahead.length > 0 ? ahead : movedAddresses(firewall, Object.fromEntries(named));
}

export function notFollowed(unsettled: string[]): Refusal {
  return refuse(
    "firewall-moved",
    `${unsettled.join("; ")}: nothing can be changed until the rules have followed.`,
    "In its zone a service is followed within seconds: try again then. Out of it somebody has to remove or renew its rules.",
  );
}
