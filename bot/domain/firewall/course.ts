import { restartNotes, timed } from "../asked.ts";
import type { Aside } from "./router-state.ts";
import { type FirewallReceipt, type FirewallRequest, newFirewallReceipt } from "./firewall-request.ts";
import { isAsWanted, type PacketCheck, type PacketPath, passes } from "./packet.ts";

// The course of one change: written, inspected, applied, proven; or taken back. Every step is saved; a process that takes over
// goes on from here.

/** How long a change may take. Milliseconds. */
export interface FirewallLimits {
  /** As long as another change, or a CTS that is away, is waited for before anything was done; and one that refuses to take back. */
  patienceMs: number;
  /** Between two looks while it waits. */
  againMs: number;
  /** From the write until CTS plans what was written. */
  planMs: number;
  /** For one packet to be answered. */
  tryMs: number;
  /** From the run until what was opened is open, and what was held has ended. */
  provenMs: number;
}

export const firewallLimits: FirewallLimits = {
  patienceMs: 300_000,
  againMs: 1_000,
  planMs: 30_000,
  tryMs: 1_000,
  provenMs: 5_000,
};

/** What the steps settled. */
export interface Course {
  startedAt: number;
  /** When a process took over from one that was cut off. */
  resumedAt: number[];
  writtenAt: number | null;
  /** Of the seal that was written last. */
  revision: number | null;
  /** Services that were elsewhere when it was written: their rules stand by the addresses that were approved. */
  pinned?: string[];
  /** From here on the router may have it, and nothing ends before it is as one side wants it. */
  runAt: number | null;
  appliedAt: number | null;
  /** Why it is taken back, in one sentence; null: it is not. */
  backFor: string | null;
  /** When that was first tried. */
  backSince?: number;
  backAt: number | null;
}

export const newCourse = (startedAt: number): Course => ({
  startedAt,
  resumedAt: [],
  writtenAt: null,
  revision: null,
  runAt: null,
  appliedAt: null,
  backFor: null,
  backAt: null,
});

/** What was seen of it; saved while it goes on. */
export interface Seen {
  checks: PacketCheck[];
  held: FirewallReceipt["held"];
  counter: FirewallReceipt["counter"];
  ruleset: string | null;
  aside?: Aside[];
  provenAt: number | null;
  /** Why no packet showed it, where that was approved. */
  unproven?: string;
  notes: string[];
}

export const nothingSeen: Seen = { checks: [], held: null, counter: null, ruleset: null, provenAt: null, notes: [] };

/** Why nobody saw that what was to be opened is open; null: somebody did. */
export function unseen({ plan }: Pick<FirewallRequest, "plan">, { checks }: Pick<Seen, "checks">): string | null {
  if (plan.action !== "open") return null;
  const tried = checks.filter(({ kind, wanted }) => kind === "source" && wanted === "open");
  if (tried.some(({ after }) => after !== null && passes(after))) return null;
  const why = tried.flatMap(({ after }) => (after?.outcome === "unknown" ? [after.why] : []));
  return why[0] ?? plan.unproven ?? "No prober stands where the rule is for.";
}

/** The first thing that was seen and must not be; null: nothing was. What nobody could try shows nothing either way. */
export function contradiction({ checks, held }: Pick<Seen, "checks" | "held">): string | null {
  const wrong = checks.find((check) => check.after !== null && check.after.outcome !== "unknown" && !isAsWanted(check));
  if (wrong !== undefined) return tellWrong(wrong);
  if (held?.ended === false) return `A connection ${tellPath(held)} that was open before is open still.`;
  return null;
}

function tellWrong({ kind, wanted, after, ...path }: PacketCheck): string {
  if (path.protocol === "udp")
    return `A datagram ${tellPath(path)} should pass now: nothing comes back, and the rule does not count it.`;
  if (wanted === "open")
    return `A connection ${tellPath(path)} should pass now, and ${after?.outcome === "silent" ? "nothing answers" : "does not"}.`;
  const why = {
    source: "should be closed now",
    elsewhere: "is not what the rule is for",
    neighbour: "is beside its ports",
  };
  return `A connection ${tellPath(path)} ${why[kind]}, and gets through.`;
}

/** `from application to 10.81.3.2:8443` */
export const tellPath = ({ zone, address, port }: PacketPath): string => `from ${zone} to ${address}:${port}`;

/** What a receipt has to say besides. */
export function notesOn(
  { plan }: Pick<FirewallRequest, "plan">,
  { resumedAt, appliedAt }: Course,
  seen: Seen,
): string[] {
  const { checks, counter, notes } = seen;
  const restarts = restartNotes(resumedAt, null);
  // Of what was never applied packets have nothing to tell.
  if (appliedAt === null) return [...restarts, ...notes];
  const tried = checks.filter(({ kind, after }) => kind === "source" && after !== null && after.outcome !== "unknown");
  const unknown = checks.flatMap(({ after }) => (after?.outcome === "unknown" ? [after.why] : []));
  const counted =
    counter === null ? "its counter was not read" : `its counter went from ${counter.before} to ${counter.after}`;
  return [
    ...restarts,
    ...(plan.action === "open" && tried.length === 0
      ? [`No prober stands where the rule is for, or could try it: ${counted}.`]
      : []),
    ...(checks.some(({ after }) => after?.outcome === "counted")
      ? ["Nothing answered the datagram: that the rule counted it shows that it passed."]
      : []),
    ...(plan.action === "open" &&
    checks.some(({ kind, before }) => kind === "source" && before !== null && passes(before))
      ? ["The path was open before already: that it is now shows nothing new."]
      : []),
    ...(checks.some(({ kind, after }) => kind === "source" && after?.outcome === "refused")
      ? ["The firewall lets it through; nothing listens there."]
      : []),
    ...new Set(unknown),
    ...notes,
  ];
}

interface Ended {
  request: Pick<FirewallRequest, "plan" | "createdAt" | "decidedAt">;
  course: Course;
  seen: Seen;
  /** Of the seal that stands; null: this request left the one that stood before. */
  revision: number | null;
  problem: string | null;
}

export function firewallReceipt({ request, course, seen, revision, problem }: Ended): FirewallReceipt {
  const { checks, held, counter, ruleset, provenAt } = seen;
  return {
    ...newFirewallReceipt,
    steps: timed([
      { name: "requested", at: request.createdAt },
      { name: "approved", at: request.decidedAt },
      { name: "written", at: course.writtenAt },
      { name: "planned", at: course.runAt },
      { name: "applied", at: course.appliedAt },
      { name: "proven", at: course.backFor === null ? provenAt : null },
      { name: "taken back", at: course.backAt },
    ]),
    checks,
    held,
    counter,
    ruleset,
    ...(seen.aside !== undefined && { aside: seen.aside }),
    ...(seen.unproven !== undefined && { unproven: seen.unproven }),
    revision,
    ...(course.pinned !== undefined && { pinned: course.pinned }),
    notes: notesOn(request, course, seen),
    problem,
  };
}
