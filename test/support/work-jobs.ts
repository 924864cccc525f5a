import { intentionLimits } from "../../bot/domain/enforcement.ts";
import { type RunNeeds, runJobs } from "../../bot/operations/run-jobs.ts";
import { type WorkLimits, workOnRequest } from "../../bot/operations/work-on-request.ts";
import { briefly } from "./limits.ts";

export type WorkerNeeds = Omit<RunNeeds, "work"> & Parameters<typeof workOnRequest>[0];

/** Works off approved requests of every kind as the bot does, until the signal. */
export function workJobs(needs: WorkerNeeds, signal: AbortSignal, limits: Partial<WorkLimits> = {}): Promise<void> {
  const work = workOnRequest(needs, { renewal: briefly, intention: intentionLimits, ...limits });
  return runJobs({ ...needs, work }, signal);
}
