import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { WishFields } from "../../domain/firewall/wish.ts";
import { isRefusal, type Refusal } from "../../domain/refusal.ts";
import { orAway } from "./away.ts";
import { type CheckNeeds, checkWish } from "./check-wish.ts";
import { openFirewall, type OpenFirewallNeeds } from "./open-firewall.ts";

export type ProposeRuleNeeds = CheckNeeds & OpenFirewallNeeds;

export interface WantedRule {
  fields: WishFields;
  requester: string;
  since?: number | undefined;
}

/** Asks that a rule be opened. Refused: the first of what `checkWish` refuses, and what `openFirewall` does. */
export async function proposeRule(
  needs: ProposeRuleNeeds,
  { fields, requester, since }: WantedRule,
): Promise<FirewallRequest | Refusal> {
  const checked = await orAway(checkWish(needs, fields));
  if (isRefusal(checked)) return checked;
  if (Array.isArray(checked)) return firstOf(checked);
  const { rule, addresses, startsAt, until, ticket, reason, risk, overlap, unproven } = checked;
  const owner = checked.owner ?? requester;
  const open = { action: "open", rule, owner, ticket, startsAt, until, addresses } as const;
  const plan = unproven === null ? open : { ...open, unproven };
  return openFirewall(needs, plan, { requester, reason, since }, { risk, overlap });
}

function firstOf([first, ...others]: Refusal[]): Refusal {
  if (first === undefined) throw new RangeError("refused without a reason");
  if (others.length === 0) return first;
  return { ...first, hint: [first.hint, ...others.map(({ message }) => message)].join(" ") };
}
