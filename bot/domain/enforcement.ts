import { restartNotes, timed } from "./asked.ts";
import { type Action, tellPair } from "./intention.ts";
import type { IntentionReceipt, IntentionRequest } from "./intention-request.ts";
import type { CallSeen } from "./mesh.ts";

// The course of one intention: written, then proven. Every step is saved; a process that takes over goes on from here.

/** How long an intention may take. Milliseconds. */
export interface IntentionLimits {
  /** How long a Consul that does not answer is asked again. */
  writeMs: number;
  /** From the write (or the resumption) until the mesh does as it was told. */
  enforceMs: number;
  /** Between two looks. */
  lookEveryMs: number;
  /** For each call of the source's page. */
  callDeadlineMs: number;
}

export const intentionLimits: IntentionLimits = {
  writeMs: 60_000,
  enforceMs: 10_000,
  lookEveryMs: 100,
  callDeadlineMs: 3_000,
};

/** What the steps settled. */
export interface Enforcement {
  startedAt: number;
  /** When a process took over from one that was cut off. */
  resumedAt: number[];
  writtenAt: number | null;
}

/** What was seen of it; saved while it goes on. */
export interface Sightings {
  /** What Consul's check said last, and since when it says as wanted; null: it has not said. */
  allowed: boolean | null;
  agreedAt: number | null;
  /** The call before the write, and the latest since. */
  before: CallSeen | null;
  after: CallSeen | null;
  /** When the call first went as wanted. */
  shownAt: number | null;
  tried: number;
}

export const nothingSeen: Sightings = {
  allowed: null,
  agreedAt: null,
  before: null,
  after: null,
  shownAt: null,
  tried: 0,
};

/** One more look at Consul's check. null: it did not answer, and what it said before counts no more. */
export function checked(seen: Sightings, action: Action, allowed: boolean | null, at: number): Sightings {
  const agrees = allowed === (action === "allow");
  return { ...seen, allowed, agreedAt: agrees ? (seen.agreedAt ?? at) : null };
}

/** One more call of the source's page. */
export function called(seen: Sightings, action: Action, after: CallSeen, at: number): Sightings {
  const wanted = after.outcome === wantedOf(action);
  return { ...seen, after, shownAt: wanted ? (seen.shownAt ?? at) : null, tried: seen.tried + 1 };
}

/** `probed`: a page of the source is known that makes the call; where none is, Consul's word is all there is. */
export function isEnforced({ agreedAt, shownAt }: Sightings, probed: boolean): boolean {
  return agreedAt !== null && (!probed || shownAt !== null);
}

/** Why it is not, for a person. */
export function whyNotEnforced(
  { plan }: Pick<IntentionRequest, "plan">,
  { allowed, agreedAt, after }: Sightings,
  { enforceMs }: Pick<IntentionLimits, "enforceMs">,
): string {
  const late = `Written, yet after ${enforceMs / 1_000} s`;
  if (allowed === null) return `${late} Consul has not said whether it lets ${tellPair(plan)} through.`;
  if (agreedAt === null)
    return `${late} Consul still ${allowed ? "allows" : "denies"} ${tellPair(plan)}: somebody else may have changed it.`;
  if (after?.outcome === "unknown") return `${late} nobody could see what comes of the call: ${after.why}`;
  return plan.action === "deny"
    ? `${late} the call is still answered: see whether the sidecars get their configuration from Consul.`
    : `${late} the call is still refused: see whether the sidecars and ${plan.destination} are up.`;
}

/** What is known when an intention has come to its end. */
export interface Enforced {
  request: Pick<IntentionRequest, "plan" | "createdAt" | "decidedAt">;
  enforcement: Enforcement;
  seen: Sightings;
  problem: string | null;
}

export function intentionReceipt({ request, enforcement, seen, problem }: Enforced): IntentionReceipt {
  const { plan, createdAt, decidedAt } = request;
  const { writtenAt } = enforcement;
  const { agreedAt, before, after, tried, shownAt } = seen;
  const shown = `call ${wantedOf(plan.action)}`;
  const looks = [
    { name: "Consul says so", at: agreedAt },
    { name: shown, at: shownAt },
  ];
  return {
    steps: timed([
      { name: "requested", at: createdAt },
      { name: "approved", at: decidedAt },
      { name: "written", at: writtenAt },
      ...(writtenAt === null ? [] : looks.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))),
    ]),
    allowed: seen.allowed,
    call: before === null && after === null ? null : { before, after, tried, shownAt },
    notes: notes(plan.action, enforcement, seen),
    problem,
  };
}

function notes(action: Action, { resumedAt }: Enforcement, { before }: Sightings): string[] {
  return [
    ...restartNotes(resumedAt, "saw nothing"),
    ...(before?.outcome === wantedOf(action)
      ? [`The call was ${before.outcome} before the write already: that it is now shows nothing new.`]
      : []),
  ];
}

const wantedOf = (action: Action) => (action === "allow" ? "answered" : "refused");
