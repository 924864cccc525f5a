import { undecided } from "../../domain/asked.ts";
import type { FirewallPlan, FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";

interface Approved {
  id: string;
  plan: FirewallPlan;
  /** Who asks: `certops` for what is due by itself. */
  requester: string;
  /** Who gave the approval that covers it. */
  by: string;
  /** Which approval that is. */
  reason: string;
  now: number;
}

/** A request that an earlier approval covers: approved from its beginning. */
export function approvedBefore({ approval }: Pick<FirewallPolicy, "approval">, asked: Approved): FirewallRequest {
  const { id, plan, requester, by, reason, now } = asked;
  return {
    kind: "firewall",
    id,
    requester,
    reason,
    evidence: { terraform: null, probe: null, problem: null },
    ...undecided(plan, approval, now),
    approvals: [{ user: by, at: now }],
    state: "approved",
    expiresAt: now,
    decidedBy: by,
    decidedAt: now,
  };
}
