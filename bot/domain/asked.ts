import type { ApprovalPolicy } from "./approval-policy.ts";
import { hashOf } from "./canonical.ts";

/**
 * What every request has, whatever it asks for.
 * pending → approved | denied | withdrawn | expired | void; approved → void, or an end of its kind.
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
  /** As it was configured when the request was made: it is decided by this, whatever certops.yaml says now. */
  approval: ApprovalPolicy;
  /** Who has approved it, in order: where it takes several, also while it is pending. */
  approvals: Approval[];
  state: "pending" | "approved" | "denied" | "withdrawn" | "expired" | "void" | End;
  /** How many deadlines of its policy have passed: who may decide grows with each. */
  stage: number;
  /** When those who are missing were reminded of this stage's deadline. */
  remindedAt: number | null;
  createdAt: number;
  /** The deadline of its stage. */
  expiresAt: number;
  decidedBy: string | null;
  decidedAt: number | null;
  /** Why it was denied, withdrawn, or let through by one person. */
  decidedWhy: string | null;
  /** What people said of it, oldest first. */
  remarks: Remark[];
  /** Of one that was let through by break-glass: it is looked at afterwards. */
  review: Review | null;
  /** One more with every change of what is decided of it. */
  version: number;
  /** Where its message stands in Slack. */
  message: { channel: string; ts: string } | null;
  receipt: Receipt | null;
}

export interface Approval {
  user: string;
  at: number;
  /** By break-glass, instead of those who were to approve it. */
  alone?: true;
}

/** A comment, or that the decision was left to somebody by name. */
export interface Remark {
  user: string;
  at: number;
  text: string;
  /** Who is asked to decide it; null: nobody, it is a comment. */
  to: string | null;
}

/** What somebody else found of a break-glass afterwards; `by` null: nobody has looked yet. */
export interface Review {
  by: string | null;
  at: number | null;
  verdict: "justified" | "not-justified" | null;
  note: string;
  /** It is by who let it through, or who asked for it: the policy has nobody else. */
  nobodyElse?: boolean;
  /** When it was last asked for. */
  askedAt: number;
}

/** Who denied or withdrew it, else everybody who approved it, in order; empty: nobody has decided. */
export function decidersOf({
  state,
  approvals,
  decidedBy,
}: {
  state: string;
  approvals: Approval[];
  decidedBy: string | null;
}): string[] {
  if (decidedBy === null) return [];
  const byOne = state === "denied" || state === "withdrawn" || approvals.length < 2;
  return byOne ? [decidedBy] : approvals.map(({ user }) => user);
}

/** One as it is asked for: its plan, and that nobody has decided it. */
export function undecided<Plan>(plan: Plan, approval: ApprovalPolicy, now: number) {
  return {
    plan,
    planHash: hashOf(plan),
    approval,
    approvals: [] as Approval[],
    state: "pending",
    stage: 0,
    remindedAt: null,
    createdAt: now,
    expiresAt: now + approval.deadlineMs,
    decidedBy: null,
    decidedAt: null,
    decidedWhy: null,
    remarks: [] as Remark[],
    review: null,
    version: 0,
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
  /** What is typed to see how that stands which it was to change, where it may be gone: asking again may be in vain then. */
  howItStands?: string;
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
