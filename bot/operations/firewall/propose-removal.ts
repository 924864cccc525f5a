import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { isRefusal, type Refusal } from "../../domain/refusal.ts";
import { reasonTooLong } from "../open-request.ts";
import type { Requests } from "../store-ports.ts";
import { findRule } from "./find-rule.ts";
import { type Asking, openFirewall, type OpenFirewallNeeds } from "./open-firewall.ts";

export type ProposeRemovalNeeds = OpenFirewallNeeds & {
  requests: Pick<Requests, "open" | "list" | "count" | "find">;
};

/** Asks that a rule in force be closed before its end. Refused: unknown-rule, not-open, and what `openFirewall` refuses. */
export async function proposeRemoval(
  needs: ProposeRemovalNeeds,
  { rule: named, ...asking }: Asking & { rule: string },
): Promise<FirewallRequest | Refusal> {
  const tooLong = reasonTooLong(asking.reason);
  if (tooLong) return tooLong;
  const found = await findRule(needs, named);
  if (isRefusal(found)) return found;
  const { id, rule } = found.rule;
  return openFirewall(needs, { action: "close", ruleId: id, rule }, asking);
}
