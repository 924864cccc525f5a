import { ownOf, tellPair } from "../domain/intention.ts";
import { describedBy, intentionMoves, type IntentionRequest, stands } from "../domain/intention-request.ts";
import type { Clock, Intentions } from "./ports.ts";
import { writeUntil, type Written } from "./write-until.ts";

const hopeless = ["consul-refused", "consul-odd"];

/**
 * Sets the pair's own intention as it was approved. What a process that was cut off wrote already is not written twice:
 * its request is named in it. null: the signal came first.
 */
export function writeIntention(
  { intentions, clock }: { intentions: Pick<Intentions, "read" | "write">; clock: Clock },
  { request, deadline }: { request: Pick<IntentionRequest, "id" | "plan" | "decidedBy">; deadline: number },
  signal: AbortSignal,
): Promise<Written | null> {
  const { plan } = request;
  const { source, destination, action } = plan;
  const attempt = async () => {
    const held = await intentions.read(destination);
    const own = ownOf(held.intentions, plan);
    if (stands(request, own)) return "written";
    const moved = intentionMoves(plan, own);
    if (moved.length > 0) return { moved };
    const wanted = { source, destination, action, description: describedBy(request) };
    if (await intentions.write(wanted, held.version)) return "written";
    return { lost: `Others change the intentions for ${destination} at the same time as ${tellPair(plan)}.` };
  };
  return writeUntil({ deadline, hopeless, clock }, attempt, signal);
}
