import { tellDuration } from "../../domain/duration.ts";
import { needsHosts, unprovable } from "../../domain/firewall/checks.ts";
import { type Overlap, overlapOf } from "../../domain/firewall/overlap.ts";
import { tellPacket } from "../../domain/firewall/packets.ts";
import { policyObjection } from "../../domain/firewall/policy-objection.ts";
import { type Risk, riskOf } from "../../domain/firewall/risk.ts";
import { type FirewallRule, type ServiceAddresses, tellEnd } from "../../domain/firewall/rule.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { type Validity, validityObjection, validityOf } from "../../domain/firewall/validity.ts";
import { type FieldRefusal, readWish, type Wish, type WishFields } from "../../domain/firewall/wish.ts";
import { at } from "../../domain/forms.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import { reasonTooLong } from "../open-request.ts";
import type { Clock } from "../ports.ts";
import type { Requests } from "../store-ports.ts";
import { findEnd, type FindEndNeeds, type FoundEnd } from "./find-end.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";

export interface CheckNeeds extends FindEndNeeds {
  firewall: FindEndNeeds["firewall"] & Pick<Firewall, "hosts" | "router">;
  requests: Pick<Requests, "list" | "count">;
  clock: Clock;
}

/** What somebody wants, well-formed, within the policy, and not allowed already. */
export interface CheckedWish extends Validity {
  rule: FirewallRule;
  /** Of the services that the rule names. */
  addresses: ServiceAddresses;
  owner: string | null;
  ticket: string | null;
  reason: string;
  risk: Risk;
  /** What rules in force let through already of it; null: nothing. */
  overlap: Overlap | null;
  /** Why no packet will be able to show it; null: one will. */
  unproven: string | null;
}

/**
 * Everything that can be said against a wish before anybody is asked, and quickly: neither Terraform nor a prober is. Refused,
 * each by its field, besides what `readWish`, `findEnd`, `policyObjection` and `validityObjection` refuse: reason-too-long,
 * same-end, already-allowed, unprovable. Throws the Failure of a Consul that does not answer.
 */
export async function checkWish(needs: CheckNeeds, fields: WishFields): Promise<CheckedWish | FieldRefusal[]> {
  const wish = readWish(fields);
  if (Array.isArray(wish)) return wish;
  const tooLong = reasonTooLong(wish.reason);
  if (tooLong) return [at("reason", tooLong)];
  const [from, to] = await Promise.all([findEnd(needs, "from", wish.from), findEnd(needs, "to", wish.to)]);
  if (isRefusal(from)) return isRefusal(to) ? [from, to] : [from];
  if (isRefusal(to)) return [to];
  return checkRule(needs, wish, { from, to });
}

async function checkRule(
  needs: CheckNeeds,
  wish: Wish,
  { from, to }: { from: FoundEnd; to: FoundEnd },
): Promise<CheckedWish | FieldRefusal[]> {
  const { policy } = needs.firewall;
  const now = needs.clock();
  const { protocol, ports, owner, ticket, reason } = wish;
  const rule: FirewallRule = { from: from.end, to: to.end, protocol, ports };
  const addresses = Object.fromEntries([from, to].flatMap(named));
  const validity = validityOf(policy, wish, now);
  const wrong = [
    sameEnd(rule) ?? policyObjection(policy, rule, addresses),
    validityObjection(policy, { asked: wish.startsAt, validity }, now),
  ].filter((one) => one !== null);
  if (wrong.length > 0) return wrong;

  const { rules, services } = await readInForce(needs);
  const overlap = overlapOf(rule, [...rules.values()], { ...services, ...addresses });
  if (overlap !== null && overlap.how !== "overlapping") {
    return [at("ports", alreadyAllowed(overlap, rules, now))];
  }
  const unproven = await whyUnproven(needs, rule, addresses);
  if (unproven !== null && !policy.unproven) return [at("from", cannotBeProven(unproven))];
  const risk = riskOf(policy, { rule, until: validity.until, addresses, now });
  return { rule, addresses, ...validity, owner, ticket, reason, risk, overlap, unproven };
}

async function whyUnproven(
  { firewall: { policy, router, hosts } }: CheckNeeds,
  rule: FirewallRule,
  addresses: ServiceAddresses,
): Promise<string | null> {
  const { zones } = policy;
  const ground = needsHosts(rule, addresses, { zones }) ? { zones, hosts: await hosts() } : { zones };
  return unprovable(rule, { addresses, ground, counted: router !== null });
}

function cannotBeProven(why: string): Refusal {
  return refuse(
    "unprovable",
    `It would be taken back at once, for no packet could show that it is open. ${why}`,
    "Ask from or to where a prober can try it, or have firewall.policy.unproven allow what cannot be shown.",
  );
}

const named = ({ end, addresses }: FoundEnd): [string, string[]][] =>
  "service" in end && addresses !== null ? [[end.service, addresses]] : [];

function sameEnd({ from, to }: FirewallRule): FieldRefusal | null {
  if (tellEnd(from) !== tellEnd(to)) return null;
  return at("to", refuse("same-end", `${tellEnd(to)} needs no leave to reach itself.`, "Name who, and then whom."));
}

function alreadyAllowed({ how, by, packet }: Overlap, rules: Map<string, RuleInForce>, now: number): Refusal {
  const ids = by.join(", ");
  const what =
    how === "exact"
      ? `${ids} allows exactly this already`
      : `${ids} ${by.length === 1 ? "allows" : "together allow"} all of this already`;
  const ends = by.map((id) => rules.get(id)?.until ?? Infinity);
  const left = Math.min(...ends) - now;
  const until = left === Infinity ? "" : `, and for ${tellDuration(left)} more`;
  const hint =
    by.length === 1 ? `See it: /firewall show ${ids}. Longer: /firewall extend ${ids} 90d` : `See them: /firewall list`;
  return refuse("already-allowed", `${what}: ${tellPacket(packet)} goes through${until}.`, hint);
}
