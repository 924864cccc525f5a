import { intentionLimits, nothingSeen } from "../domain/enforcement.ts";
import { ownOf } from "../domain/intention.ts";
import { type IntentionRequest, stands } from "../domain/intention-request.ts";
import { isInMesh } from "../domain/mesh.ts";
import { isRefusal } from "../domain/refusal.ts";
import { orRefusal } from "./consul-refusal.ts";
import type { Clock, Mesh } from "./ports.ts";
import type { Requests } from "./store-ports.ts";
import { toldRequest } from "./tell-request.ts";
import { watchCall } from "./watch-call.ts";

export interface EnforcedLateNeeds {
  requests: Pick<Requests, "list" | "move">;
  /** null where certops.yaml has none. */
  mesh: Mesh | null;
  clock: Clock;
}

/** Older ones have been followed by others. */
const latest = 20;

/**
 * Notes, once each, of intentions that ended as not enforced that the mesh does so after all, while what they wrote
 * stands in Consul. Returns their ids. A Consul that does not answer is asked the next time.
 */
export async function noteEnforcedLate({ requests, mesh, clock }: EnforcedLateNeeds): Promise<string[]> {
  if (mesh === null) return [];
  const ended = await requests.list({ kind: "intention", states: ["not-enforced"], limit: latest });
  const unproven = ended.filter(
    ({ plan, receipt }) => receipt?.enforcedLateAt === undefined && isInMesh(mesh.policy, plan),
  );
  const held = unproven.length === 0 ? [] : await orRefusal(mesh.intentions.list());
  if (isRefusal(held)) return [];
  const noted = await Promise.all(
    unproven
      .filter((request) => stands(request, ownOf(held, request.plan)))
      .map(async (request) => ((await note({ requests, mesh, clock }, request)) ? [request.id] : [])),
  );
  return noted.flat();
}

/** false: the mesh does not do so yet. */
async function note(
  { requests, mesh, clock }: EnforcedLateNeeds & { mesh: Mesh },
  request: IntentionRequest,
): Promise<boolean> {
  const { id, plan, receipt } = request;
  const watch = watchCall({ mesh, clock }, { plan, seen: nothingSeen }, intentionLimits);
  if (receipt === null || !(await watch.look())) return false;
  const at = clock();
  return requests.move(
    id,
    ["not-enforced"],
    { receipt: { ...receipt, enforcedLateAt: at } },
    toldRequest({ request, news: "enforced-late", actor: "certops", at }, {}),
  );
}
