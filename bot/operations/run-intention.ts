import {
  type Enforcement,
  type IntentionLimits,
  intentionReceipt,
  nothingSeen,
  type Sightings,
  whyNotEnforced,
} from "../domain/enforcement.ts";
import { tellPair } from "../domain/intention.ts";
import type { IntentionRequest } from "../domain/intention-request.ts";
import { isInMesh } from "../domain/mesh.ts";
import type { JobInHand } from "./job-in-hand.ts";
import type { Clock, Mesh } from "./ports.ts";
import { pause } from "./waiting.ts";
import { type CallWatch, watchCall } from "./watch-call.ts";
import { writeIntention } from "./write-intention.ts";

export interface IntentionNeeds {
  /** null where certops.yaml has none. */
  mesh: Mesh | null;
  clock: Clock;
}

type IntentionJob = JobInHand<IntentionRequest, Enforcement, Sightings>;
type End = (state: IntentionRequest["state"], problem: string | null) => Promise<void>;

/** Takes one intention to its end, from wherever a process before this one left it; stops early at the signal. */
export async function runIntention(
  { mesh, clock }: IntentionNeeds,
  job: IntentionJob,
  request: IntentionRequest,
  limits: IntentionLimits,
  signal: AbortSignal,
): Promise<void> {
  const { plan } = request;
  const since = clock();
  let enforcement: Enforcement = job.data ?? { startedAt: since, resumedAt: [], writtenAt: null };
  let seen = () => job.progress ?? nothingSeen;
  const end: End = (state, problem) => {
    const receipt = intentionReceipt({ request, enforcement, seen: seen(), problem });
    return job.finish({ state, receipt }, clock(), { allowed: receipt.allowed, call: receipt.call?.after ?? null });
  };
  if (mesh === null || !isInMesh(mesh.policy, plan)) return end(...unconfigured(job, request));

  const watch = watchCall({ mesh, clock }, { plan, seen: seen() }, limits);
  seen = watch.seen;
  enforcement = await begin(job, enforcement, watch, since);
  await using _saving = job.saveEachSecond(seen);
  if (enforcement.writtenAt === null) {
    const what = { request, deadline: clock() + limits.writeMs };
    const outcome = await writeIntention({ intentions: mesh.intentions, clock }, what, signal);
    if (outcome === null) return;
    if ("moved" in outcome) return end(...moved(job, outcome.moved));
    if ("problem" in outcome) return end("failed", notWritten(request, limits, outcome.problem));
    enforcement = { ...enforcement, writtenAt: outcome.at };
    await job.advance("written", { data: enforcement, progress: seen() }, outcome.at, {});
  }

  // An outage of ours is not held against the mesh.
  const enforceBy = Math.max(since, enforcement.writtenAt ?? since) + limits.enforceMs;
  while (!signal.aborted) {
    if (await watch.look()) return end("enforced", null);
    if (clock() >= enforceBy) return end("not-enforced", whyNotEnforced(request, seen(), limits));
    await pause(limits.lookEveryMs, signal);
  }
}

async function begin(job: IntentionJob, before: Enforcement, watch: CallWatch, since: number): Promise<Enforcement> {
  if (job.data) {
    const resumed = { ...before, resumedAt: [...before.resumedAt, since] };
    await job.resume({ data: resumed, progress: watch.seen() }, since);
    return resumed;
  }
  await watch.lookFirst();
  await job.advance("started", { data: before, progress: watch.seen() }, since, {});
  return before;
}

/** What a process before this one may have written, and somebody undone, is not told to be nothing: it failed. */
function moved({ data }: IntentionJob, moves: string[]): Parameters<End> {
  const told = `It moved since it was approved: ${moves.join("; ")}.`;
  return data === null ? ["void", told] : ["failed", `${told} Whether it had been written before is not known.`];
}

function unconfigured({ data }: IntentionJob, { plan }: IntentionRequest): Parameters<End> {
  const told = `${tellPair(plan)} is no longer in certops.yaml.`;
  if (data === null) return ["void", told];
  return data.writtenAt === null
    ? ["failed", `${told} Whether it had been written before is not known.`]
    : ["not-enforced", told];
}

const notWritten = ({ plan }: IntentionRequest, { writeMs }: IntentionLimits, problem: string) =>
  `Consul did not take ${tellPair(plan)} within ${writeMs / 1_000} s: ${problem}`;
