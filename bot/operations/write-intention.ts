import { Failure } from "../errors.ts";
import { ownOf, tellPair } from "../domain/intention.ts";
import { describedBy, intentionMoves, type IntentionRequest, namedIn } from "../domain/intention-request.ts";
import type { Clock, Intentions } from "./ports.ts";
import { pause } from "./waiting.ts";

/** `moved`: what is no longer as approved. `problem`: why Consul did not take it in time. */
export type Written = { at: number } | { moved: string[] } | { problem: string };

const longestPauseMs = 2_000;
/** Consul understood, and will say the same again. */
const hopeless = ["consul-refused", "consul-odd"];

/**
 * Sets the pair's own intention as it was approved. What a process that was cut off wrote already is not written twice:
 * its request is named in it. A Consul that does not answer, or somebody else who writes at the same moment, is met
 * with another try until `deadline`. null: the signal came first.
 */
export async function writeIntention(
  { intentions, clock }: { intentions: Pick<Intentions, "read" | "write">; clock: Clock },
  { request, deadline }: { request: Pick<IntentionRequest, "id" | "plan" | "decidedBy">; deadline: number },
  signal: AbortSignal,
): Promise<Written | null> {
  const { id, plan } = request;
  const { source, destination, action } = plan;
  let problem = "";
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const held = await intentions.read(destination);
      const own = ownOf(held.intentions, plan);
      if (own !== null && namedIn(own) === id && own.action === action) return { at: clock() };
      const moved = intentionMoves(plan, own);
      if (moved.length > 0) return { moved };
      const wanted = { source, destination, action, description: describedBy(request) };
      if (await intentions.write(wanted, held.version)) return { at: clock() };
      problem = `Others change the intentions for ${destination} at the same time as ${tellPair(plan)}.`;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      if (error instanceof Failure && hopeless.includes(error.code)) return { problem };
    }
    if (clock() >= deadline) return { problem };
    await pause(Math.min(50 * 2 ** tries, longestPauseMs, deadline - clock()), signal);
  }
  return null;
}
