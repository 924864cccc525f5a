import type { FirewallLimits } from "../../domain/firewall/course.ts";
import { refusedToApply } from "../../domain/firewall/terraform-plan.ts";
import { Failure } from "../../errors.ts";
import { pause } from "../waiting.ts";
import { type Candidate, namedServices } from "./candidate.ts";
import type { Gate } from "./gate.ts";
import { notHeard, planCandidate } from "./plan-candidate.ts";
import type { Firewall } from "./ports.ts";

/** How often a run whose end nobody saw is begun again. */
const mostRuns = 3;

interface Applying {
  candidate: Candidate;
  /** An earlier run may have applied it: then "nothing to do" is believed. */
  begun: boolean;
  /** Before each run: from here on the router may have it. */
  onRun: () => Promise<void>;
}

/**
 * Has CTS plan what stands in Consul, signs it, has it applied, and disables CTS's task again whatever happens. A CTS that goes away meanwhile is waited
 * for, its task is posted again, and it is asked what is left to do: nothing means that it was done. Throws what CTS says when
 * it refuses, `firewall-unapproved` when it finds something else than was signed, and `cts-down` when it does not come back in time.
 */
export async function applyCandidate(
  firewall: Firewall,
  gate: Gate,
  { candidate, begun, onRun }: Applying,
  limits: FirewallLimits,
  signal: AbortSignal,
): Promise<void> {
  const { wanted, revision, seal } = candidate;
  let maybeDone = begun;
  for (let runs = 0; ;) {
    const seen = await whileAway(limits, signal, async () => {
      await firewall.task.prepare(namedServices(wanted), signal);
      return planCandidate(firewall, gate, { wanted, revision, tried: maybeDone }, limits, signal);
    });
    if (!seen.changes) {
      if (maybeDone) return;
      throw notHeard();
    }
    if (runs >= mostRuns) {
      throw new Failure("cts-refused", "CTS was cut off in every run.", "Look at CTS's log.");
    }
    runs += 1;
    await onRun();
    maybeDone = true;
    // Only what was inspected, and not before it is applied: nothing that is signed is left over for another time.
    await gate.sign(firewall.sign(seal));
    try {
      await runOnce(firewall, limits, gate.lost);
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}

/** As long as a run that is not awaited any more may go on. */
const disableMs = 240_000;

/** Not ended by the bot's own stop: who does not wait for the answer kills Terraform. */
async function runOnce({ task }: Firewall, limits: FirewallLimits, lost: AbortSignal): Promise<void> {
  try {
    await runSigned(task, limits, lost);
  } finally {
    // Also where the gate was lost meanwhile: whoever holds it now disables it as well.
    await task.disable(AbortSignal.timeout(disableMs)).catch((error: unknown) => {
      // One that was restarted has forgotten it.
      if (!(error instanceof Failure) || !["cts-down", "cts-task-gone"].includes(error.code)) throw error;
    });
  }
}

/** CTS hears of the signature a little later than it is told to run. */
async function runSigned(
  task: Firewall["task"],
  { planMs, againMs }: Pick<FirewallLimits, "planMs" | "againMs">,
  lost: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + planMs;
  for (;;) {
    try {
      return await task.run(lost);
    } catch (error) {
      const refused = error instanceof Failure ? refusedToApply(error.message) : null;
      if (refused === null) throw error;
      if (!refused.unsigned || performance.now() >= deadline) throw unapproved(refused, error);
    }
    await pause(Math.min(againMs, 100), lost);
    lost.throwIfAborted();
  }
}

function unapproved({ why, mend }: { why: string; mend: string }, cause: unknown): Failure {
  return new Failure(
    "firewall-unapproved",
    `CTS found something else than was approved, and did not apply it: ${why}.`,
    mend,
    { cause },
  );
}

const isAway = (error: unknown) =>
  error instanceof Failure && ["cts-down", "cts-task-gone", "cts-busy"].includes(error.code);

/**
 * CTS answers, its task is disabled and knows these services: only then anything is written that it could apply by itself.
 * Waits for a CTS that is away.
 */
export function makeReady(
  { task }: Pick<Firewall, "task">,
  services: string[],
  limits: Pick<FirewallLimits, "patienceMs" | "againMs">,
  signal: AbortSignal,
): Promise<void> {
  return whileAway(limits, signal, () => task.prepare(services, signal));
}

/** Does it as soon as CTS answers. */
async function whileAway<T>(
  { patienceMs, againMs }: Pick<FirewallLimits, "patienceMs" | "againMs">,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!isAway(error) || performance.now() >= deadline) throw error;
    }
    await pause(againMs, signal);
    signal.throwIfAborted();
  }
}
