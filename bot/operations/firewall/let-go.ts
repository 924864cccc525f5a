import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import type { AuditLog, Requests } from "../store-ports.ts";
import type { Clock } from "../ports.ts";
import { findRule } from "./find-rule.ts";

export interface LetGoNeeds {
  requests: Pick<Requests, "find" | "list" | "count">;
  audit: Pick<AuditLog, "append">;
  clock: Clock;
}

/**
 * Notes that a rule's owner lets it end as agreed: nothing else changes. Of a rule that a team owns, anybody may say so.
 * Refused: unknown-rule, not-open, not-owner.
 */
export async function letGo(
  needs: LetGoNeeds,
  { id, user }: { id: string; user: string },
): Promise<RuleInForce | Refusal> {
  const found = await findRule(needs, id);
  if (isRefusal(found)) return found;
  const { rule } = found;
  if (isPerson(rule.owner) && user !== rule.owner && user !== rule.requester) {
    return refuse("not-owner", `${id} is not yours to let go.`, `Its owner is ${rule.owner}: ask there.`);
  }
  await needs.audit.append({
    at: needs.clock(),
    actor: user,
    action: "firewall.let-go",
    subject: id,
    detail: { until: rule.until },
  });
  return rule;
}

const isPerson = (owner: string) => /^[UW][A-Z0-9]+$/.test(owner);
