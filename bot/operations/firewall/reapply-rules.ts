import type { ApprovalPolicy } from "../../domain/approval-policy.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { type GroupsOf, notOneOf } from "../membership.ts";
import type { Clock } from "../ports.ts";

export interface ReapplyNeeds {
  firewall: { policy: { approval: ApprovalPolicy } };
  groupsOf: GroupsOf;
  clock: Clock;
  /** Opens, approved by that user, that the approved rules be applied once more. */
  restore: (wanted: { user: string; since?: number | undefined }) => Promise<FirewallRequest | Refusal>;
}

/**
 * Has the approved rules applied once more, after the router was changed: by a click of somebody who may approve, which is the
 * approval. Refused: not-approver, directory-unavailable, and what `restore` refuses.
 */
export async function reapplyRules(
  { firewall, groupsOf, clock, restore }: ReapplyNeeds,
  { user, since }: { user: string; since?: number | undefined },
): Promise<FirewallRequest | Refusal> {
  const { approval } = firewall.policy;
  const words = { mayNot: "have the firewall's rules applied again", undone: "re-applied" };
  return (await notOneOf(groupsOf, approval, { user, now: clock(), words })) ?? restore({ user, since });
}
