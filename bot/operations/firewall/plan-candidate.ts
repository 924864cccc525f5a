import type { FirewallLimits } from "../../domain/firewall/course.ts";
import { asWritten } from "../../domain/firewall/as-written.ts";
import type { InForce } from "../../domain/firewall/rules-in-force.ts";
import { besides, brokenSeal, readPlan } from "../../domain/firewall/terraform-plan.ts";
import { Failure } from "../../errors.ts";
import { pause } from "../waiting.ts";
import { ForeignKeys, type Gate } from "./gate.ts";
import type { Firewall, Inspected } from "./ports.ts";

interface Candidate {
  wanted: Pick<InForce, "rules" | "services" | "pinned">;
  revision: number;
  /** A run of it was begun: Terraform's state may have this revision already, and then its plan does not tell it. */
  tried?: boolean;
}

/**
 * What CTS plans for what was just written. It hears of it a little later, so it is asked until its plan is of this
 * revision and does exactly what is wanted. `changes` false: CTS has nothing to do, and keeps saying so. Throws
 * `firewall-foreign` when somebody else wrote meanwhile, `firewall-off-plan` when the plan does more, and what CTS says.
 */
export async function planCandidate(
  { task }: Pick<Firewall, "task">,
  gate: Gate,
  { wanted, revision, tried = false }: Candidate,
  { planMs, againMs }: Pick<FirewallLimits, "planMs" | "againMs">,
  signal: AbortSignal,
): Promise<Inspected> {
  const deadline = performance.now() + planMs;
  const wait = Math.min(againMs, 250);
  let idle = 0;
  for (;;) {
    const late = performance.now() >= deadline;
    const seen = await inspect(task, signal);
    // Whatever it plans: what was written besides is named first.
    const meanwhile = await gate.meanwhile();
    if (meanwhile.length > 0) throw new ForeignKeys(meanwhile);
    if (seen instanceof Failure) {
      if (late || brokenSeal(seen.message) === null) throw asMoved(seen);
    } else if (!seen.changes) {
      idle += 1;
      if (late || idle * wait >= settledMs) return seen;
    } else {
      const planned = readPlan(seen.plan);
      const off = besides(planned, asWritten(wanted));
      const isOurs = planned.revision === revision || (tried && planned.unfinished && planned.revision === null);
      if (isOurs && off.length === 0) return seen;
      if (late)
        throw offPlan(off.length === 0 ? [`revision ${planned.revision ?? "as before"} in place of ${revision}`] : off);
    }
    // Somebody has enabled it: then it is not told of what changes.
    if ((await task.state())?.enabled) await task.disable(signal);
    await pause(wait, signal);
    signal.throwIfAborted();
  }
}

export function notHeard(): Failure {
  return new Failure("firewall-not-heard", "CTS does not see what was written in Consul.", "Look at CTS's log.");
}

/** So long nothing to do is no news that is still on its way. */
const settledMs = 2_000;

async function inspect(task: Firewall["task"], signal: AbortSignal): Promise<Inspected | Failure> {
  try {
    return await task.inspect(signal);
  } catch (error) {
    if (error instanceof Failure && error.code === "cts-refused") return error;
    throw error;
  }
}

function offPlan(off: string[]): Failure {
  return new Failure(
    "firewall-off-plan",
    `CTS plans something else than what was approved: ${off.join("; ")}. Nothing was applied.`,
    "Look at the task and the module that CTS runs.",
  );
}

/** The seal does not fit what the catalog says: the keys are ours, so it is the addresses. */
function asMoved(failure: Failure): Failure {
  if (brokenSeal(failure.message) === null) return failure;
  return new Failure(
    "firewall-moved",
    "The addresses that CTS finds in the catalog are not the approved ones. Nothing was applied.",
    "See whether the services' instances are healthy, and ask again.",
    { cause: failure },
  );
}
