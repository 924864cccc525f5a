import type { ApprovalPolicy } from "./managed-service.ts";

/**
 * What every request has, whatever it asks for.
 * pending → approved | denied | expired | void; approved → void, or an end of its kind.
 * `void`: what it was to change moved since it was asked for, or since it was approved.
 */
export interface Asked<Kind extends string, Plan, Evidence, Receipt, End extends string> {
  kind: Kind;
  /** The correlation id everywhere: its kind's letter, `-`, and eight characters of a–z2–7. */
  id: string;
  requester: string;
  reason: string;
  /** Everything a person approves. The hash over exactly this binds the approval. */
  plan: Plan;
  planHash: string;
  /** What was so when it was asked for: shown beside the plan, not hashed. */
  evidence: Evidence;
  /** Who could decide it when it was made. Who may decide it now stands in the configuration. */
  approval: Pick<ApprovalPolicy, "users" | "groups">;
  state: "pending" | "approved" | "denied" | "expired" | "void" | End;
  createdAt: number;
  expiresAt: number;
  decidedBy: string | null;
  decidedAt: number | null;
  /** Where its message stands in Slack. */
  message: { channel: string; ts: string } | null;
  receipt: Receipt | null;
}

/** `tookMs` since the step before. */
export interface Step {
  name: string;
  at: number;
  tookMs: number;
}

/** The steps that were taken, in order, each with what it took. */
export function timed(taken: { name: string; at: number | undefined | null }[]): Step[] {
  const known = taken.filter((step): step is { name: string; at: number } => typeof step.at === "number");
  return known.map((step, index) => ({ ...step, tookMs: step.at - (known[index - 1]?.at ?? step.at) }));
}
