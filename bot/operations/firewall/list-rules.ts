import { looksLikeAddress, parseCidr, spanOf } from "../../domain/firewall/cidr.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { servicesIn, type ServiceAddresses } from "../../domain/firewall/rule.ts";
import { common } from "../../domain/firewall/span.ts";
import { type FreezeInForce, freezesOver } from "../../domain/freeze.ts";
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
  /** What waits for a decision or is at work, the latest first. */
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
  const meant = [...rules.values()].filter((rule) => about === "" || isAbout(rule, about));
  const inOrder = meant.toSorted((a, b) => (a.until ?? Infinity) - (b.until ?? Infinity) || a.openedAt - b.openedAt);
  return { about, rules: inOrder, services, open, frozen: freezesOver(frozen, Object.keys(services)) };
}

function isAbout({ rule, owner }: RuleInForce, about: string): boolean {
  if (owner === about.replace(/^@/, "") || servicesIn(rule).includes(about)) return true;
  const address = looksLikeAddress(about) ? parseCidr(about) : null;
  if (typeof address !== "string") return false;
  return [rule.from, rule.to].some(
    (end) => "cidrs" in end && end.cidrs.some((cidr) => common(spanOf(cidr), spanOf(address)) !== null),
  );
}
