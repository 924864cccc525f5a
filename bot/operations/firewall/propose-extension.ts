import { tellDuration } from "../../domain/duration.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import { policyObjection } from "../../domain/firewall/policy-objection.ts";
import { riskOf } from "../../domain/firewall/risk.ts";
import { validityObjection } from "../../domain/firewall/validity.ts";
import { parseValid, type Valid } from "../../domain/firewall/wish.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import { utc } from "../../domain/utc.ts";
import { reasonTooLong } from "../open-request.ts";
import { findRule } from "./find-rule.ts";
import { type Asking, openFirewall } from "./open-firewall.ts";
import type { ProposeRemovalNeeds } from "./propose-removal.ts";

export type ProposeExtensionNeeds = ProposeRemovalNeeds & { firewall: { policy: FirewallPolicy } };

/**
 * Asks that a rule in force stay open longer. `valid`: so much longer than now agreed ("90d"), until a day, or forever; "" is as
 * long as certops.yaml has it. Refused: unknown-rule, not-open, bad-validity, has-no-end, not-longer, too-long, and what
 * `policyObjection` and `openFirewall` refuse.
 */
export async function proposeExtension(
  needs: ProposeExtensionNeeds,
  { rule: named, valid, ...asking }: Asking & { rule: string; valid: string },
): Promise<FirewallRequest | Refusal> {
  const { policy } = needs.firewall;
  const longer = parseValid(valid) ?? { forMs: policy.valid };
  const no = isRefusal(longer) ? longer : reasonTooLong(asking.reason);
  if (no || isRefusal(longer)) return no ?? refuse("bad-validity", "It is not said for how long.", "");
  const found = await findRule(needs, named);
  if (isRefusal(found)) return found;
  const { id, rule, until: before } = found.rule;
  if (before === null) {
    return refuse("has-no-end", `${id} has no end already.`, `To close it: /firewall remove ${id}`);
  }
  const now = needs.clock();
  const until = endOf(longer, before);
  if (until !== null && until <= before) {
    return refuse(
      "not-longer",
      `${id} is open until ${utc(before)} already, for ${tellDuration(before - now)}.`,
      `Say a later day, or how much longer: /firewall extend ${id} 90d. To close it: /firewall remove ${id}`,
    );
  }
  const { services } = found.inForce;
  const objection =
    validityObjection(policy, { asked: null, validity: { startsAt: null, until } }, now) ??
    // certops.yaml may be another one than when it was opened.
    policyObjection(policy, rule, services);
  if (objection) return objection;
  const risk = riskOf(policy, { rule, until, addresses: services, now });
  return openFirewall(needs, { action: "extend", ruleId: id, rule, before, until }, asking, { risk });
}

function endOf(longer: Valid, before: number): number | null {
  if (longer === "forever") return null;
  return "until" in longer ? longer.until : before + longer.forMs;
}
