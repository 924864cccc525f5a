import { Failure } from "../errors.ts";
import type { Receipt, RenewalRequest, RequestState } from "../domain/renewal.ts";
import { nothingProven, type Proof, type Rollout } from "../domain/rollout.ts";
import type { Clock, Job, Jobs } from "./ports.ts";
import { toldRequest } from "./tell-request.ts";
import { pause } from "./waiting.ts";

export const leaseMs = 30_000;
const saveEveryMs = 1_000;

/** What a renewal did, as it does it. */
export interface RenewalStep {
  request: string;
  service: string;
  /** A step of the job, or the state in which the request ended. */
  step: string;
  at: number;
}

/** A claimed job, in the hands of its owner. */
export interface RenewalJob {
  /** What an earlier process settled; null when none has begun. */
  rollout: Rollout | null;
  /** What was counted up to the last save. */
  proof: Proof;
  /** Saves what was counted, and keeps the lease, until disposed. */
  saveEachSecond(proof: () => Proof): AsyncDisposable;
  advance(
    step: string,
    done: { rollout: Rollout; proof: Proof },
    at: number,
    detail: Record<string, unknown>,
  ): Promise<void>;
  /** Notes that this process went on where another one was cut off. */
  resume(taken: { rollout: Rollout; proof: Proof }, at: number): Promise<void>;
  finish(state: RequestState, receipt: Receipt, at: number): Promise<void>;
}

export function renewalJob(
  { jobs, clock, owner, onStep }: { jobs: Jobs; clock: Clock; owner: string; onStep?: (step: RenewalStep) => void },
  job: Job,
  request: RenewalRequest,
): RenewalJob {
  const { id, service } = request;
  const kept = (held: boolean): void => {
    if (held) return;
    throw new Failure("lease-lost", `Somebody else took over ${id}.`, "Nothing to do: it goes on there.");
  };

  const audit = (action: string, at: number, detail: Record<string, unknown>) => ({
    at,
    actor: "certops",
    action: `job.${action}`,
    subject: id,
    detail: { service, ...detail },
  });

  return {
    rollout: job.data,
    proof: job.progress ?? nothingProven,

    saveEachSecond(proof) {
      const stop = new AbortController();
      // A save that fails loses counts, not the renewal: the next step that cannot be saved stops it.
      const save = () => jobs.keep(id, owner, clock() + leaseMs, proof()).catch(() => false);
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

    async advance(step, { rollout, proof }, at, detail) {
      kept(await jobs.advance(id, owner, { step, data: rollout, progress: proof }, audit(step, at, detail)));
      onStep?.({ request: id, service, step, at });
    },

    async resume({ rollout, proof }, at) {
      const { step } = job;
      kept(
        await jobs.advance(id, owner, { step, data: rollout, progress: proof }, audit("resumed", at, { after: step })),
      );
      onStep?.({ request: id, service, step: "resumed", at });
    },

    async finish(state, receipt, at) {
      const { handshakes, problem } = receipt;
      const serials = Object.fromEntries(receipt.instances.map(({ instance, newSerial }) => [instance, newSerial]));
      const told = toldRequest({ request, state, actor: "certops", at }, { serials, handshakes, problem });
      kept(await jobs.finish(id, owner, { state, receipt }, told));
      onStep?.({ request: id, service, step: state, at });
    },
  };
}
