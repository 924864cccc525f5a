import type { About, Asked, Step } from "./asked.ts";
import { type Action, type Intention, type Pair, tellPair } from "./intention.ts";
import type { CallSeen } from "./mesh.ts";

export interface IntentionPlan extends Pair {
  action: Action;
  /** The pair's own intention that this one replaces; null: it has none, and wildcards or Consul's default decide. */
  before: Intention["action"] | null;
}

/** How the call stood when its intention was asked for. */
export interface CallNow {
  /** As Consul's check says; null where it did not say. */
  allowed: boolean | null;
  /** The intention that decides it; null: Consul's default. */
  ruling: Pick<Intention, "source" | "destination" | "action"> | null;
  /** null: no page of the source is known that makes the call. */
  call: CallSeen | null;
}

/** `enforced`: Consul says so, and the call shows it where it can be seen. `not-enforced`: written, and not so in time. */
export type IntentionRequest = Asked<
  "intention",
  IntentionPlan,
  CallNow,
  IntentionReceipt,
  "enforced" | "not-enforced" | "failed"
>;

export interface CallReceipt {
  before: CallSeen | null;
  after: CallSeen | null;
  tried: number;
  /** Since when it went as wanted; null: it does not. */
  shownAt: number | null;
}

/** What happened, as the bot itself saw it. */
export interface IntentionReceipt {
  steps: Step[];
  /** What Consul's check said last; null where it was not asked, or did not say. */
  allowed: boolean | null;
  /** The call itself, before the write and at the end; null: no page is known that makes it. */
  call: CallReceipt | null;
  notes: string[];
  /** One sentence when it did not end well. */
  problem: string | null;
  /** Since when the mesh does so after all, of one that ended as not enforced. */
  enforcedLateAt?: number;
}

export function aboutIntention({ plan }: IntentionRequest): About<IntentionReceipt> {
  const { source, destination, action } = plan;
  const pair = tellPair(plan);
  return {
    subject: pair,
    services: [source, destination],
    detail: { source, destination, action },
    asksFor: `${pair} to be ${ended[action]}`,
    does: `${action === "allow" ? "allows" : "denies"} ${pair}`,
    askAgain: `/mesh ${action} ${source} ${destination}`,
    tells,
    nothingWritten: (problem) => ({ steps: [], allowed: null, call: null, notes: [], problem }),
  };
}

const tells: About<IntentionReceipt>["tells"] = {
  "job.started": () => "began",
  "job.written": ({ action }) => `written to Consul: ${String(action)}`,
  "request.enforced": () => "enforced: the mesh does as it was told",
  "request.enforced-late": () => "the mesh does as it was told after all",
};

export const ended = { allow: "allowed", deny: "denied" } as const;

/** What is no longer as it was asked for: one phrase, or none. `own`: the pair's own intention now. */
export function intentionMoves(plan: IntentionPlan, own: Intention | null): string[] {
  const now = own?.action ?? null;
  return now === plan.before ? [] : [`${tellPair(plan)}: ${tellBefore(plan.before)} is now ${tellBefore(now)}`];
}

export const tellBefore = (action: Intention["action"] | null): string => action ?? "no intention of its own";

/** Stands with the intention in Consul, so that whoever finds it there finds the request. */
export function describedBy(request: Pick<IntentionRequest, "id" | "decidedBy">): string {
  return `by certops: request ${request.id}, approved by ${request.decidedBy ?? "nobody"}`;
}

/** The request that an intention's description names; null: it was set by something else. */
export function namedIn({ description }: Pick<Intention, "description">): string | null {
  return /^by certops: request (i-[a-z2-7]{8}),/.exec(description)?.[1] ?? null;
}

/** Whether the pair's own intention is the one that this request wrote. */
export function stands({ id, plan }: Pick<IntentionRequest, "id" | "plan">, own: Intention | null): boolean {
  return own !== null && namedIn(own) === id && own.action === plan.action;
}
