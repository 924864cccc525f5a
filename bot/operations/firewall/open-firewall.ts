import {
  type FirewallEvidence,
  type FirewallPlan,
  type FirewallRequest,
  firewallSubject,
} from "../../domain/firewall/firewall-request.ts";
import { undecided } from "../../domain/asked.ts";
import type { ApprovalPolicy } from "../../domain/approval-policy.ts";
import { isRefusal, type Refusal } from "../../domain/refusal.ts";
import { askedSince, cannotOpen, openRequest, type OpenNeeds } from "../open-request.ts";
import type { AuditLog } from "../store-ports.ts";
import type { Clock } from "../ports.ts";
import { redrawOpenRequest } from "../redraw-open-request.ts";
import { orAway } from "./away.ts";

export interface OpenFirewallNeeds extends OpenNeeds {
  firewall: { policy: { approval: ApprovalPolicy } };
  audit: Pick<AuditLog, "append">;
  clock: Clock;
  newId: () => string;
  /** What Terraform would change and how the port is now, of a request that is about to be opened. Changes nothing. */
  learn: (request: FirewallRequest) => Promise<FirewallEvidence | Refusal>;
}

/** Who asks, and why. */
export interface Asking {
  requester: string;
  reason: string;
  /** Asked at that time and cut off: a request of theirs since then is this one, and there is no second. */
  since?: number | undefined;
}

/**
 * Opens a pending request, with the plan and the probe beside it. `seen`: what the checks before found. Refused: frozen,
 * already-open, what the plan refuses, and what ails a server that does not answer.
 */
export async function openFirewall(
  needs: OpenFirewallNeeds,
  plan: FirewallPlan,
  { requester, reason, since }: Asking,
  seen: Pick<FirewallEvidence, "risk" | "overlap"> = {},
): Promise<FirewallRequest | Refusal> {
  const asked = await askedSince(needs, { kind: "firewall", subject: firewallSubject(plan), requester, since });
  if (asked) return asked;
  const { approval } = needs.firewall.policy;
  const request: FirewallRequest = {
    kind: "firewall",
    id: needs.newId(),
    requester,
    reason,
    evidence: { terraform: null, probe: null, problem: null, ...seen },
    ...undecided(plan, approval, needs.clock()),
  };
  // Before the gate is taken: what cannot be opened needs no plan.
  const inTheWay = await cannotOpen(needs, request);
  if (inTheWay?.code === "already-open") {
    // Who asks again may be looking for its message.
    await redrawOpenRequest(needs, { kind: "firewall", subject: firewallSubject(plan), user: requester });
  }
  if (inTheWay) return inTheWay;
  const evidence = await orAway(needs.learn(request));
  if (isRefusal(evidence)) return evidence;
  // The time to decide begins when there is something to decide.
  return openRequest<FirewallRequest>(needs, {
    ...request,
    ...undecided(plan, approval, needs.clock()),
    evidence: { ...evidence, ...seen },
  });
}
