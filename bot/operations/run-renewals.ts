import { type RenewalLimits, renewalLimits } from "../domain/rollout.ts";
import { leaseMs, renewalJob, type RenewalStep } from "./renewal-job.ts";
import { type RenewalNeeds, runRenewal } from "./run-renewal.ts";
import type { Job, Jobs } from "./ports.ts";
import { pause } from "./waiting.ts";

export interface RunNeeds extends RenewalNeeds {
  jobs: Jobs;
  /** Who holds the leases, for example `bot-4711`. */
  owner: string;
  onStep?: (step: RenewalStep) => void;
  /** A renewal that could not go on is tried again after a while. `request` is null when not even a job could be claimed. */
  onProblem?: (problem: { request: string | null; error: unknown }) => void;
}

const mostAtATime = 8;
const lookEveryMs = 100;
const againAfterMs = 5_000;

/**
 * Works off approved requests until the signal; then saves what runs, gives its lease back, and resolves. What was
 * cut off, here or by the end of the process, is resumed by the next one.
 */
export async function runRenewals(
  needs: RunNeeds,
  signal: AbortSignal,
  limits: RenewalLimits = renewalLimits,
): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const job = running.size < mostAtATime ? await claim(needs, signal) : null;
    if (job === null) {
      await pause(lookEveryMs, signal);
      continue;
    }
    const work = take(needs, job, limits, signal).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
}

async function claim({ jobs, owner, clock, onProblem }: RunNeeds, signal: AbortSignal): Promise<Job | null> {
  try {
    return await jobs.claim(owner, clock(), leaseMs);
  } catch (error) {
    onProblem?.({ request: null, error });
    await pause(againAfterMs, signal);
    return null;
  }
}

async function take(needs: RunNeeds, job: Job, limits: RenewalLimits, signal: AbortSignal): Promise<void> {
  const { clock, onProblem } = needs;
  let dueAt = clock();
  try {
    const request = await needs.requests.find(job.request);
    if (request) await runRenewal(needs, renewalJob(needs, job, request), request, limits, signal);
  } catch (error) {
    dueAt = clock() + againAfterMs;
    onProblem?.({ request: job.request, error });
  }
  await giveBack(needs, job.request, dueAt, signal);
}

/** Of a job that has ended nothing is left to give back. Until the store takes it, the job stays in hand. */
async function giveBack(
  { jobs, owner, onProblem }: RunNeeds,
  request: string,
  dueAt: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await jobs.release(request, owner, dueAt);
      return;
    } catch (error) {
      onProblem?.({ request, error });
      if (signal.aborted) return;
      await pause(againAfterMs, signal);
    }
  }
}
