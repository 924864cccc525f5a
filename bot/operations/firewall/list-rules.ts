import { looksLikeAddress, parseCidr, spanOf } from "../../domain/firewall/cidr.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { cidrsOf, type FirewallRule, servicesIn, type ServiceAddresses } from "../../domain/firewall/rule.ts";
import { common } from "../../domain/firewall/span.ts";
import { type FreezeInForce, freezesOver } from "../../domain/freeze.ts";
import { mentionedIn } from "../../domain/mention.ts";
import type { Freezes, Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";

/** What the firewall lets through, and what may change it. */
export interface RuleList {
  /** What was asked about: a service, an address or an owner; "" is everything. */
  about: string;
  /** The soonest end first, those without end last. */
  rules: RuleInForce[];
  /** Of the services that they name, as approved. */
  services: ServiceAddresses;
  /** What waits for a decision or is at work of it, the latest first. */
  open: FirewallRequest[];
  frozen: FreezeInForce[];
}

export async function listRules(
  { requests, freezes }: { requests: Pick<Requests, "list" | "count">; freezes: Pick<Freezes, "all"> },
  about: string,
): Promise<RuleList> {
  const [{ rules, services }, open, frozen] = await Promise.all([
    readInForce({ requests }),
    requests.list({ kind: "firewall", states: ["pending", "approved"] }),
    freezes.all(),
  ]);
  const isMeant = about === "" ? () => true : aboutThat(about, services);
  const meant = [...rules.values()].filter(isMeant);
  const inOrder = meant.toSorted((a, b) => (a.until ?? Infinity) - (b.until ?? Infinity) || a.openedAt - b.openedAt);
  const asked = open.filter(({ plan }) => {
    switch (plan.action) {
      case "open":
        return isMeant(plan);
      case "close":
      case "extend":
        return isMeant({ owner: "", ...rules.get(plan.ruleId), rule: plan.rule });
      case "follow":
        return [...rules.values()].some((one) => servicesIn(one.rule).includes(plan.service) && isMeant(one));
      case "restore":
        return true;
    }
  });
  return { about, rules: inOrder, services, open: asked, frozen: freezesOver(frozen, Object.keys(services)) };
}

interface Owned {
  rule: FirewallRule;
  owner: string;
  /** Of its services, where no rule in force names them. */
  addresses?: ServiceAddresses;
}

/** What an address may reach or be reached at is asked, not how the rule was written: a service is where it stands. */
function aboutThat(about: string, services: ServiceAddresses): (one: Owned) => boolean {
  const named = mentionedIn(about) ?? about.replace(/^@/, "");
  const address = looksLikeAddress(about) ? parseCidr(about) : null;
  const touches = typeof address === "string" ? (cidr: string) => common(spanOf(cidr), spanOf(address)) : () => null;
  return ({ rule, owner, addresses }) =>
    owner === named ||
    servicesIn(rule).includes(about) ||
    [rule.from, rule.to].some((end) =>
      cidrsOf(end, { ...addresses, ...services }).some((cidr) => touches(cidr) !== null),
    );
}
