import { type FirewallRequest, firewallSubject } from "../../domain/firewall/firewall-request.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { askedSince, notOpened } from "../open-request.ts";
import { openApproved } from "../open-approved.ts";
import type { Clock } from "../ports.ts";
import type { Freezes, Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { approvedBefore } from "./standing-approval.ts";

export interface RestoreNeeds {
  firewall: Pick<Firewall, "policy">;
  requests: Pick<Requests, "open" | "list" | "count">;
  freezes: Pick<Freezes, "all">;
  clock: Clock;
  newId: () => string;
}

/**
 * Has the rules that are approved anyway applied once more, over whatever was changed behind the bot's back. Whoever calls it
 * has seen that `user` may approve. Refused: already-open, frozen, changed-meanwhile.
 */
export async function proposeRestore(
  needs: RestoreNeeds,
  { user, since }: { user: string; since?: number | undefined },
): Promise<FirewallRequest | Refusal> {
  const { rules } = await readInForce(needs);
  const plan = { action: "restore" as const, rules: [...rules.keys()] };
  const asked = await askedSince(needs, { kind: "firewall", subject: firewallSubject(plan), requester: user, since });
  if (asked) return asked;
  const reason = "Re-apply: every rule of it is approved.";
  const opened = { id: needs.newId(), plan, requester: user, by: user, reason, now: needs.clock() };
  const request = approvedBefore(needs.firewall.policy, opened);
  return (await openApproved(needs, request)) ?? notOpened(needs, request);
}
