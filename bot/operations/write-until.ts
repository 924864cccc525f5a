import { Failure } from "../errors.ts";
import type { Clock } from "./ports.ts";
import { pause } from "./waiting.ts";

/** `moved`: what of the plan is no longer as approved. `problem`: why it was not taken in time. */
export type Written = { at: number } | { moved: string[] } | { problem: string };

/** One try. `lost`: somebody else wrote in between. */
export type Attempt = "written" | { moved: string[] } | { lost: string };

const longestPauseMs = 2_000;

/**
 * Writes by compare-and-set. A keeper that does not answer, or somebody else who writes at the same moment, is met with
 * another try until `deadline`; one that fails with a `hopeless` code understood, and would say the same again.
 * null: the signal came first.
 */
export async function writeUntil(
  { deadline, hopeless, clock }: { deadline: number; hopeless: readonly string[]; clock: Clock },
  attempt: () => Promise<Attempt>,
  signal: AbortSignal,
): Promise<Written | null> {
  let problem = "";
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const came = await attempt();
      if (came === "written") return { at: clock() };
      if ("moved" in came) return came;
      problem = came.lost;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      if (error instanceof Failure && hopeless.includes(error.code)) return { problem };
    }
    if (clock() >= deadline) return { problem };
    await pause(Math.min(50 * 2 ** tries, longestPauseMs, deadline - clock()), signal);
  }
  return null;
}
