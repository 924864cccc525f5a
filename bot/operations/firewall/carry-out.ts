import type { Course, FirewallLimits } from "../../domain/firewall/course.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { JobStep } from "../../domain/steps.ts";
import { type InForce, nextRevision } from "../../domain/firewall/rules-in-force.ts";
import { Failure } from "../../errors.ts";
import type { Clock } from "../ports.ts";
import type { Notices } from "../store-ports.ts";
import { applyCandidate, makeReady } from "./apply-candidate.ts";
import { type Candidate, candidate as candidateOf, namedServices } from "./candidate.ts";
import { movedServices } from "./changed-since.ts";
import { ForeignKeys, foreignTold, type Gate } from "./gate.ts";
import type { Firewall, RouterState } from "./ports.ts";
import type { Watch } from "./prove.ts";
import type { End, FirewallJob } from "./run-firewall.ts";
import { tellForeign } from "./tell-foreign.ts";

interface Needs {
  firewall: Firewall;
  notices: Notices;
  clock: Clock;
}

interface Carried {
  job: FirewallJob;
  request: FirewallRequest;
  gate: Gate;
  candidate: Candidate;
  watch: Watch;
  course: Course;
  end: End;
}

/** In the gate: written, inspected, applied and proven; or taken back. Throws where it has to be gone on with later. */
export async function carryOut(
  needs: Needs,
  carried: Carried,
  limits: FirewallLimits,
  signal: AbortSignal,
): Promise<void> {
  const { job, request, gate, candidate, watch, end } = carried;
  const { firewall, clock } = needs;
  const { plan } = request;
  const both = AbortSignal.any([signal, gate.lost]);
  let { course } = carried;
  const step = async (name: JobStep<"firewall">, change: Partial<Course>, detail: Record<string, unknown> = {}) => {
    course = { ...course, ...change };
    await job.advance(name, { data: course, progress: watch.seen() }, clock(), detail);
  };
  const back = (why: string) => takeBack(needs, { ...carried, course }, why, limits, both);

  if (course.backFor !== null) return back(course.backFor);
  const { keys, revision } = candidate;
  let before: Promise<void> | null = null;
  let problem: string | null;
  try {
    if (course.runAt === null) {
      before = watch.before();
      before.catch(() => {});
    }
    await makeReady(firewall, namedServices(gate.inForce, candidate.wanted), limits, both);
    if (gate.stands !== revision || gate.foreign(keys).length > 0) {
      await gate.write({ kind: "run", request: request.id, revision }, keys);
    }
    await step("written", { writtenAt: course.writtenAt ?? clock(), revision }, { revision });
    const applying = {
      candidate,
      begun: course.runAt !== null,
      onRun: async () => {
        await before;
        if (course.runAt === null) await step("planned", { runAt: clock() });
      },
    };
    await applyCandidate(firewall, gate, applying, limits, both);
    await step("in-force", { appliedAt: course.appliedAt ?? clock() });
    problem = await watch.after(both);
    both.throwIfAborted();
  } catch (error) {
    both.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    if (error instanceof ForeignKeys) await tellForeign(needs, error.keys);
    // Once CTS was told to run, nobody knows what of it was applied.
    const why = error instanceof ForeignKeys ? foreignTold(error.keys) : error.message;
    if (course.runAt !== null && plan.action !== "follow") return back(why);
    await restoreOurs(gate);
    return end("failed", { course, seen: watch.seen(), revision: null, problem: error.message });
  }
  // What closes, follows or restores is as approved, whatever was seen of it; what opens has to be as it was asked for.
  if (problem !== null && plan.action === "open") return back(problem);
  await end("applied", { course, seen: watch.seen(), revision, problem });
  await gate.clear();
}

/** The rules from before, under a higher revision, so that whatever the router has is replaced by them. */
async function takeBack(
  { firewall, notices, clock }: Needs,
  { job, request, gate, candidate, watch, course: begun, end }: Carried,
  because: string,
  limits: FirewallLimits,
  signal: AbortSignal,
): Promise<void> {
  // What somebody else wrote meanwhile goes with it: CTS applies nothing while it is there.
  const foreign = await gate.meanwhile();
  if (foreign.length > 0) await tellForeign({ notices, clock }, foreign);
  const why = begun.backFor ?? (foreign.length > 0 ? foreignTold(foreign) : because);
  const revision = nextRevision(gate.inForce, clock(), Math.max(candidate.revision, begun.revision ?? 0));
  const pinned = (await movedServices(firewall, gate.inForce.services)).map(({ name }) => name);
  const former = candidateOf({ ...gate.inForce, pinned }, revision);
  const backSince = begun.backSince ?? clock();
  const course = { ...begun, backFor: why, backSince, revision, pinned };
  await job.advance("taking-back", { data: course, progress: watch.seen() }, clock(), { why, revision });
  try {
    await makeReady(firewall, namedServices(gate.inForce, candidate.wanted), limits, signal);
    await gate.write({ kind: "run", request: request.id, revision }, former.keys);
    await applyCandidate(firewall, gate, { candidate: former, begun: false, onRun: async () => {} }, limits, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    const left = { job, request, gate, candidate, watch, course, end };
    if (error.code === "firewall-moved" && course.appliedAt !== null) {
      return stay(left, `${why} It could not be taken back: ${error.message}`);
    }
    if (!refusals.has(error.code) || clock() < backSince + limits.patienceMs) throw error;
    return giveUp(firewall, left, `${why} It could not be taken back: ${error.message} ${error.hint}`);
  }
  const state = await firewall.router?.ruleset().catch(() => null);
  const seen = { ...watch.seen(), ruleset: state?.digest ?? null, ...(state && { aside: state.aside }) };
  const problem = `${why} It was taken back: the rules from before are in force.`;
  await end("rolled-back", { course: { ...course, backAt: clock() }, seen, revision, problem });
  await gate.clear();
}

/** A service of another rule has moved, so that no seal fits: what was approved and applied stands until it is followed. */
async function stay({ request, gate, candidate, watch, course, end }: Carried, problem: string): Promise<void> {
  const revision = (course.revision ?? 0) + 1;
  const kept = candidateOf(candidate.wanted, revision);
  await gate.write({ kind: "run", request: request.id, revision }, kept.keys);
  const stays = { ...course, backFor: null, pinned: candidate.wanted.pinned };
  await end("applied", { course: stays, seen: watch.seen(), revision, problem });
  await gate.clear();
}

/** CTS and Consul answer, and do not do it. */
const refusals = new Set([
  "cts-refused",
  "firewall-foreign",
  "firewall-keys-moved",
  "firewall-moved",
  "firewall-not-heard",
  "firewall-off-plan",
  "firewall-unapproved",
]);

/**
 * The rules from before are what is approved, also where the router has others: that is drift then, which is told with a
 * button. Nothing is signed any more.
 */
async function giveUp({ router }: Firewall, { gate, watch, course, end }: Carried, problem: string): Promise<void> {
  await restoreOurs(gate);
  const state = await router?.ruleset().catch(() => null);
  const told = state ? tellRouter(state, gate.inForce) : "What the router has is not known.";
  await end("failed", { course, seen: watch.seen(), revision: null, problem: `${problem} ${told}` });
}

function tellRouter({ rules }: RouterState, { rules: approved }: InForce): string {
  const same = rules.length === approved.size && rules.every((id) => approved.has(id));
  if (same) return "The router has the rules from before.";
  return `The router has ${rules.join(", ") || "no rule"}: once that is mended, have the approved rules applied by Re-apply.`;
}

/** What somebody else wrote meanwhile stays where it is, for a person to see. */
async function restoreOurs(gate: Gate): Promise<void> {
  try {
    await gate.restore();
  } catch (error) {
    if (!(error instanceof ForeignKeys)) throw error;
  }
}
