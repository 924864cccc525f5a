import { checksFor, type Ground, needsHosts } from "../../domain/firewall/checks.ts";
import {
  type Course,
  type FirewallLimits,
  firewallReceipt,
  newCourse,
  nothingSeen,
  type Seen,
} from "../../domain/firewall/course.ts";
import { objectionToPlan } from "../../domain/firewall/policy-objection.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { nextRevision } from "../../domain/firewall/rules-in-force.ts";
import { isRefusal } from "../../domain/refusal.ts";
import { Failure } from "../../errors.ts";
import type { JobInHand } from "../job-in-hand.ts";
import type { Clock } from "../ports.ts";
import type { Notices, Requests } from "../store-ports.ts";
import { candidateOf, unsafeCandidate } from "./candidate.ts";
import { firewallMoves, movedServices, notFollowed, unsettledServices } from "./changed-since.ts";
import { carryOut } from "./carry-out.ts";
import { enterGate, type Gate } from "./gate.ts";
import type { Firewall } from "./ports.ts";
import { openTrial } from "./try-packets.ts";
import { voidExtension } from "./void-extension.ts";
import { watchChange } from "./prove.ts";

export interface FirewallNeeds {
  /** null where certops.yaml has none. */
  firewall: Firewall | null;
  requests: Pick<Requests, "find" | "list" | "count" | "move">;
  notices: Notices;
  clock: Clock;
}

export type FirewallJob = JobInHand<FirewallRequest, Course, Seen>;

/** Not now: work on it again at that time. */
export interface Later {
  dueAt: number;
}

/** Ends a request. `revision`: of the seal that stands; null: this request left the one that stood before. */
export type End = (
  state: FirewallRequest["state"],
  of: { course: Course; seen: Seen; revision: number | null; problem: string | null },
) => Promise<void>;

/** Takes one change to its end, from wherever a process before this one left it; stops early at the signal. */
export async function runFirewall(
  needs: FirewallNeeds,
  job: FirewallJob,
  request: FirewallRequest,
  limits: FirewallLimits,
  signal: AbortSignal,
): Promise<Later | null> {
  const { firewall, clock } = needs;
  const { plan } = request;
  const now = clock();
  if (job.data === null && plan.action === "open" && plan.startsAt !== null && plan.startsAt > now) {
    return { dueAt: plan.startsAt };
  }
  const seen = job.progress ?? nothingSeen;
  let course = await begin(job, seen, now);
  let seenNow = () => seen;
  await using _saving = job.saveEachSecond(() => seenNow());
  const end: End = async (state, of) => {
    const receipt = firewallReceipt({ request, ...of });
    await job.finish({ state, receipt }, clock(), { action: plan.action, revision: of.revision });
    if (state === "applied" && plan.action === "close") await voidExtension(needs.requests, plan, clock());
  };
  const endUnchanged = (state: "void" | "failed", problem: string) =>
    end(state, { course, seen, revision: null, problem });
  const wait = async (why: string): Promise<Later | null> => {
    if (course.runAt !== null || now < course.startedAt + limits.patienceMs) return { dueAt: now + limits.againMs };
    await endUnchanged("failed", `${why} It was waited for ${limits.patienceMs / 1_000} s, and nothing was changed.`);
    return null;
  };

  if (firewall === null) {
    await endUnchanged(course.writtenAt === null ? "void" : "failed", unconfigured(course));
    return null;
  }
  const gate = await take({ ...needs, firewall }, request, course, signal);
  if (signal.aborted) {
    if (gate instanceof Failure || isRefusal(gate)) return null;
    await gate[Symbol.asyncDispose]();
    return null;
  }
  if (gate instanceof Failure) return wait(gate.message);
  if (isRefusal(gate)) {
    if (gate.code === "firewall-waits") return wait(gate.message);
    await endUnchanged("failed", gate.message);
    return null;
  }

  await using _held = gate;
  if (course.runAt === null) {
    const no = await objection(firewall, gate, request, clock());
    if (no !== null) {
      if (gate.stands !== null) await gate.restore();
      if (no.state === "later") return wait(no.problem);
      await endUnchanged(no.state, no.problem);
      return null;
    }
  }
  if (plan.action === "extend") {
    await end("applied", { course, seen, revision: null, problem: null });
    return null;
  }

  const revision = gate.stands ?? nextRevision(gate.inForce, clock(), course.revision ?? 0);
  if (staysPut(request)) course = { ...course, pinned: await pinnedNow(firewall, gate, request, course) };
  const candidate = candidateOf(gate.inForce, request, revision, course.pinned);
  const change = { plan, id: request.id, before: gate.inForce, after: candidate.wanted };
  const checks = seen.checks.length > 0 ? seen.checks : checksFor(change, await groundOf(firewall, request));
  await using trial = await openTrial(firewall.probers, { id: request.id, paths: checks, now }, limits);
  const watched = { request, wanted: candidate.wanted, trial, seen: { ...seen, checks } };
  await using watch = watchChange(firewall, watched, limits, clock);
  seenNow = watch.seen;
  try {
    await carryOut({ ...needs, firewall }, { job, request, gate, candidate, watch, course, end }, limits, signal);
  } catch (error) {
    // What stands is explained by the journal, and gone on with.
    if (signal.aborted) return null;
    throw error;
  }
  return null;
}

/** The catalog is asked for hosts only where a rule names none, and no zone has one in its network. */
async function groundOf(firewall: Firewall, { plan }: FirewallRequest): Promise<Ground> {
  const { zones } = firewall.policy;
  if (plan.action !== "open" || !needsHosts(plan.rule, plan.addresses, { zones })) return { zones };
  return { zones, hosts: await firewall.hosts().catch(() => []) };
}

async function begin(job: FirewallJob, seen: Seen, now: number): Promise<Course> {
  if (job.data === null) {
    const course = newCourse(now);
    await job.advance("started", { data: course, progress: seen }, now, {});
    return course;
  }
  // One that only waited for its turn was not cut off.
  if (job.data.writtenAt === null) return job.data;
  const course = { ...job.data, resumedAt: [...job.data.resumedAt, now] };
  await job.resume({ data: course, progress: seen }, now);
  return course;
}

/** A Failure: its turn did not come, or Consul does not answer. */
async function take(
  needs: FirewallNeeds & { firewall: Firewall },
  request: FirewallRequest,
  { runAt }: Course,
  signal: AbortSignal,
) {
  try {
    // What has begun is ended in any case.
    const overForeign = request.plan.action === "restore" || isPromised(request) || runAt !== null;
    return await enterGate(needs, { request: request.id, overForeign }, signal);
  } catch (error) {
    if (error instanceof Failure) return error;
    if (signal.aborted) return new Failure("stopped", "The bot stops.", "It goes on when it is started again.");
    throw error;
  }
}

/** What only closes or repeats leaves the rules of the others as they are, wherever their services went. */
const staysPut = ({ plan }: FirewallRequest) => plan.action === "close" || plan.action === "restore";

/** An end was promised: nothing that is none of its own stands in its way. */
const isPromised = ({ plan, requester }: FirewallRequest) => plan.action === "close" && requester === "certops";

/** The services whose rules cannot follow them, so that no seal would fit. Once it runs it is as it was written. */
async function pinnedNow(
  firewall: Firewall,
  { inForce }: Gate,
  request: FirewallRequest,
  { runAt, pinned }: Course,
): Promise<string[]> {
  if (runAt !== null) return pinned ?? [];
  const { wanted } = candidateOf(inForce, request, inForce.revision + 1);
  return (await movedServices(firewall, wanted.services)).map(({ name }) => name);
}

/** Why it is not carried out, as things stand now; null: nothing is in the way. */
async function objection(
  firewall: Firewall,
  { inForce }: Gate,
  request: FirewallRequest,
  now: number,
): Promise<{ state: "void" | "failed" | "later"; problem: string } | null> {
  const { plan } = request;
  const moved = await firewallMoves(firewall, inForce, request, now);
  if (moved.length > 0) return { state: "void", problem: `It moved since it was approved: ${moved.join("; ")}.` };
  const candidate = candidateOf(inForce, request, inForce.revision + 1);
  const unsafe = unsafeCandidate(candidate);
  if (unsafe !== null) return { state: "failed", problem: unsafe };
  // certops.yaml may be another one by the time that it begins.
  const against = objectionToPlan(firewall.policy, plan, inForce.services);
  if (against !== null) {
    return { state: "void", problem: `certops.yaml no longer allows what was approved. ${against.message}` };
  }
  if (plan.action === "extend" || staysPut(request)) return null;
  const unsettled = await unsettledServices(firewall, inForce, candidate, plan);
  return unsettled.length > 0 ? { state: "later", problem: notFollowed(unsettled).message } : null;
}

const unconfigured = ({ writtenAt }: Course) =>
  `certops.yaml has no firewall any more${writtenAt === null ? "." : ": whether it was applied before is not known."}`;
