import type { Request } from "../domain/request.ts";
import { leaseMs } from "./job-in-hand.ts";
import type { Clock } from "./ports.ts";
import type { Job, Jobs, Requests } from "./store-ports.ts";
import { pause } from "./waiting.ts";

/**
 * Takes one request to its end, from wherever a process before this one left it; stops early at the signal. One that has to
 * wait says until when.
 */
export type Work = (job: Job, request: Request, signal: AbortSignal) => Promise<{ dueAt: number } | null>;

export interface RunNeeds {
  jobs: Jobs;
  requests: Pick<Requests, "find">;
  clock: Clock;
  /** Who holds the leases, for example `bot-4711`. */
  owner: string;
  work: Work;
  /** One that could not go on is tried again after a while. `request` is null when not even a job could be claimed. */
  onProblem?: (problem: { request: string | null; error: unknown }) => void;
}

const mostAtATime = 8;
const lookEveryMs = 100;
const againAfterMs = 5_000;

/**
 * Works off approved requests of every kind until the signal; then saves what runs, gives its lease back, and
 * resolves. What was cut off, here or by the end of the process, is resumed by the next one.
 */
export async function runJobs(needs: RunNeeds, signal: AbortSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const job = running.size < mostAtATime ? await claim(needs, signal) : null;
    if (job === null) {
      await pause(lookEveryMs, signal);
      continue;
    }
    const taken = take(needs, job, signal).finally(() => running.delete(taken));
    running.add(taken);
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

async function take(needs: RunNeeds, job: Job, signal: AbortSignal): Promise<void> {
  const { clock, onProblem } = needs;
  let dueAt = clock();
  try {
    const request = await needs.requests.find(job.request);
    const later = request && (await needs.work(job, request, signal));
    if (later) dueAt = later.dueAt;
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
