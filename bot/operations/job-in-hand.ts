import { Failure } from "../errors.ts";
import { about, type Request } from "../domain/request.ts";
import type { JobStep as SavedStep } from "../domain/steps.ts";
import type { Clock } from "./ports.ts";
import type { Job, Jobs } from "./store-ports.ts";
import { toldRequest } from "./tell-request.ts";
import { pause } from "./waiting.ts";

export const leaseMs = 30_000;
const saveEveryMs = 1_000;

/** What the work on a request did, as it does it. */
export interface JobStep {
  request: string;
  subject: string;
  /** A step of the job, or the state in which the request ended. */
  step: string;
  at: number;
}

export interface JobNeeds {
  jobs: Jobs;
  clock: Clock;
  /** Who holds the leases, for example `bot-4711`. */
  owner: string;
  onStep?: (step: JobStep) => void;
}

/** What steps have settled, and what is counted beside them. */
interface Done<Data, Progress> {
  data: Data;
  progress: Progress;
}

/** A claimed job, in the hands of its owner. `Data`: what its steps settle. `Progress`: what is counted meanwhile. */
export interface JobInHand<R extends Request, Data, Progress> {
  /** What an earlier process settled; null when none has begun. */
  data: Data | null;
  /** What was counted up to the last save; null at first. */
  progress: Progress | null;
  /** Saves what was counted, and keeps the lease, until disposed. */
  saveEachSecond(progress: () => Progress): AsyncDisposable;
  advance(
    step: SavedStep<R["kind"]>,
    done: Done<Data, Progress>,
    at: number,
    detail: Record<string, unknown>,
  ): Promise<void>;
  /** Notes that this process went on where another one was cut off. */
  resume(taken: Done<Data, Progress>, at: number): Promise<void>;
  finish(
    end: { state: R["state"]; receipt: NonNullable<R["receipt"]> },
    at: number,
    detail: Record<string, unknown>,
  ): Promise<void>;
}

export function jobInHand<R extends Request, Data, Progress>(
  { jobs, clock, owner, onStep }: JobNeeds,
  job: Job,
  request: R,
): JobInHand<R, Data, Progress> {
  const { id } = request;
  const { subject, detail: named } = about(request);
  const kept = (held: boolean): void => {
    if (held) return;
    throw new Failure("lease-lost", `Somebody else took over ${id}.`, "Nothing to do: it goes on there.");
  };

  const audit = (action: string, at: number, detail: Record<string, unknown>) => ({
    at,
    actor: "certops",
    action: `job.${action}`,
    subject: id,
    detail: { ...named, ...detail },
  });

  return {
    // What this kind of work saved before is of the shape it saves.
    data: job.data as Data | null,
    progress: job.progress as Progress | null,

    saveEachSecond(progress) {
      const stop = new AbortController();
      // A save that fails loses counts, not the work: the next step that cannot be saved stops it.
      const save = () => jobs.keep(id, owner, clock() + leaseMs, progress()).catch(() => false);
      const saving = (async () => {
        while (!stop.signal.aborted) {
          await pause(saveEveryMs, stop.signal);
          await save();
        }
      })();
      return {
        async [Symbol.asyncDispose]() {
          stop.abort();
          await saving;
        },
      };
    },

    async advance(step, done, at, detail) {
      kept(await jobs.advance(id, owner, { step, ...done }, audit(step, at, detail)));
      onStep?.({ request: id, subject, step, at });
    },

    async resume(taken, at) {
      const { step } = job;
      kept(await jobs.advance(id, owner, { step, ...taken }, audit("resumed", at, { after: step })));
      onStep?.({ request: id, subject, step: "resumed", at });
    },

    async finish({ state, receipt }, at, detail) {
      const told = toldRequest({ request, news: state, actor: "certops", at }, { ...detail, problem: receipt.problem });
      kept(await jobs.finish(id, owner, { state, receipt }, told));
      onStep?.({ request: id, subject, step: state, at });
    },
  };
}
