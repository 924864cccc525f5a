import { hashOf } from "./canonical.ts";
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
  /** Who has approved it, in order: where it takes several, also while it is pending. */
  approvals: Approval[];
  state: "pending" | "approved" | "denied" | "expired" | "void" | End;
  createdAt: number;
  expiresAt: number;
  decidedBy: string | null;
  decidedAt: number | null;
  /** Where its message stands in Slack. */
  message: { channel: string; ts: string } | null;
  receipt: Receipt | null;
}

export interface Approval {
  user: string;
  at: number;
}

/** One as it is asked for: its plan, and that nobody has decided it. */
export function undecided<Plan>(plan: Plan, { users, groups, deadlineMs }: ApprovalPolicy, now: number) {
  return {
    plan,
    planHash: hashOf(plan),
    approval: { users, groups },
    approvals: [] as Approval[],
    state: "pending",
    createdAt: now,
    expiresAt: now + deadlineMs,
    decidedBy: null,
    decidedAt: null,
    message: null,
    receipt: null,
  } as const;
}

/** What every kind has to say of a request. */
export interface About<Receipt> {
  /** What it is about: of the same kind and subject one is open at a time. */
  subject: string;
  /** The services it touches: a freeze of any of them stops it. */
  services: string[];
  /** What it is about, as the audit log has it. */
  detail: Record<string, string>;
  /** Ends the sentence "it asks for …". */
  asksFor: string;
  /** What its work does: "renews service-a". */
  does: string;
  /** What is typed to ask for the same once more. */
  askAgain: string;
  /** What the rows of the audit log that only its kind has say, by their action. */
  tells: Readonly<Record<string, (detail: Record<string, unknown>) => string>>;
  /** The receipt of one that ends before anything was written. */
  nothingWritten: (problem: string) => Receipt;
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

/** For a receipt's notes. `missed`: what the bot could not do while it was down; null: nothing that counts. */
export function restartNotes(resumedAt: number[], missed: string | null): string[] {
  const times = resumedAt.length;
  if (times === 0) return [];
  return [
    `The bot was restarted ${times === 1 ? "once" : `${times} times`} meanwhile${missed === null ? "" : `; while it was down it ${missed}`}.`,
  ];
}
