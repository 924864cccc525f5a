import { ownOf, tellPair } from "../domain/intention.ts";
import { type IntentionRequest, namedIn } from "../domain/intention-request.ts";
import type { Told } from "../domain/trace.ts";
import type { Clock, Intentions, Mesh } from "./ports.ts";

/** What everybody but the bot itself tells of an intention. */
export async function intentionTold(
  { mesh, clock }: { mesh: Mesh | null; clock: Clock },
  request: IntentionRequest,
): Promise<Told[]> {
  return [await toldByConsul(mesh?.intentions ?? null, clock, request), toldByCaller(request)];
}

/** Consul keeps no history: what can be read is what it goes by now. */
async function toldByConsul(
  intentions: Pick<Intentions, "list"> | null,
  clock: Clock,
  { id, plan }: IntentionRequest,
): Promise<Told> {
  const source = "consul";
  if (intentions === null) return { source, why: "certops.yaml has no mesh any more" };
  try {
    const own = ownOf(await intentions.list(), plan);
    const named = own !== null && namedIn(own) === id;
    const holds = own === null ? `has no intention ${tellPair(plan)}` : `holds ${tellPair(plan)}: ${own.action}`;
    const text = `${holds} now${named ? ", by this request" : own === null ? "" : ", not by this request"}`;
    return { source, rows: [{ at: clock(), text, detail: {} }] };
  } catch (error) {
    return { source, why: error instanceof Error ? error.message : String(error) };
  }
}

function toldByCaller({ plan, receipt }: IntentionRequest): Told {
  const { source, destination } = plan;
  const call = receipt?.call ?? null;
  if (call === null) return { source, why: "nobody saw the call: certops.yaml names no page of it that makes it" };
  if (call.shownAt === null) return { source, rows: [] };
  const text = `its call to ${destination} is ${call.after?.outcome ?? "unknown"}`;
  return { source, rows: [{ at: call.shownAt, text, detail: { tried: call.tried } }] };
}
