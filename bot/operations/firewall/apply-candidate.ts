import type { FirewallLimits } from "../../domain/firewall/course.ts";
import { Failure } from "../../errors.ts";
import { pause } from "../waiting.ts";
import { type Candidate, namedServices } from "./candidate.ts";
import type { Gate } from "./gate.ts";
import { planCandidate } from "./plan-candidate.ts";
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
 * Has CTS apply what stands in Consul, and disables its task again whatever happens. A CTS that goes away meanwhile is waited
 * for, its task is posted again, and it is asked what is left to do: nothing means that it was done. Throws what CTS says when
 * it refuses, and `cts-down` when it does not come back in time.
 */
export async function applyCandidate(
  firewall: Firewall,
  gate: Gate,
  { candidate, begun, onRun }: Applying,
  limits: FirewallLimits,
  signal: AbortSignal,
): Promise<void> {
  const { wanted, revision } = candidate;
  let maybeDone = begun;
  for (let runs = 0; ;) {
    const seen = await whileAway(limits, signal, async () => {
      await firewall.task.prepare(namedServices(wanted), signal);
      return planCandidate(firewall, gate, { wanted, revision }, limits, signal);
    });
    if (!seen.changes) {
      if (maybeDone) return;
      throw new Failure("firewall-not-heard", "CTS does not see what was written in Consul.", "Look at CTS's log.");
    }
    if (runs >= mostRuns) {
      throw new Failure("cts-refused", "CTS was cut off in every run.", "Look at CTS's log.");
    }
    runs += 1;
    await onRun();
    maybeDone = true;
    try {
      await runOnce(firewall, gate.lost);
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}

/** As long as a run that is not awaited any more may go on. */
const disableMs = 240_000;

/** Not ended by the bot's own stop: who does not wait for the answer kills Terraform. */
async function runOnce({ task }: Firewall, lost: AbortSignal): Promise<void> {
  try {
    await task.run(lost);
  } finally {
    // Also where the gate was lost meanwhile: whoever holds it now disables it as well.
    await task.disable(AbortSignal.timeout(disableMs)).catch((error: unknown) => {
      // One that was restarted has forgotten it.
      if (!(error instanceof Failure) || !["cts-down", "cts-task-gone"].includes(error.code)) throw error;
    });
  }
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
