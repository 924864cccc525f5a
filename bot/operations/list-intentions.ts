import { type FreezeInForce, freezesOver } from "../domain/freeze.ts";
import { type Intention, precedence, rulingOf, tellPair } from "../domain/intention.ts";
import type { IntentionRequest } from "../domain/intention-request.ts";
import { pairsIn } from "../domain/mesh.ts";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { TracedIntention } from "../domain/set-by.ts";
import { orRefusal } from "./consul-refusal.ts";
import { traceIntention } from "./explain-call.ts";
import type { Freezes, Requests } from "./store-ports.ts";
import type { Mesh } from "./ports.ts";

/** Who may call whom. */
export interface IntentionList {
  /** In the order in which Consul looks for one that matches. */
  intentions: TracedIntention[];
  /** Whether a call that none of them matches goes through; null: every call in the mesh is matched. */
  otherwise: boolean | null;
  /** What waits for a decision, or is at work. */
  open: IntentionRequest[];
  frozen: FreezeInForce[];
}

export interface ListIntentionsNeeds {
  mesh: Mesh;
  requests: Pick<Requests, "find" | "list">;
  freezes: Pick<Freezes, "all">;
}

/** Refused: what ails a Consul that does not answer. */
export async function listIntentions(needs: ListIntentionsNeeds): Promise<IntentionList | Refusal> {
  const { mesh, requests, freezes } = needs;
  const seen = await orRefusal(look(mesh));
  if (isRefusal(seen)) return seen;
  const [intentions, open, frozen] = await Promise.all([
    Promise.all(seen.intentions.toSorted(inOrder).map((one) => traceIntention(needs, one))),
    requests.list({ kind: "intention", states: ["pending", "approved"] }),
    freezes.all(),
  ]);
  return { intentions, otherwise: seen.otherwise, open, frozen: freezesOver(frozen, mesh.policy.services) };
}

async function look({ policy, intentions }: Mesh): Promise<{ intentions: Intention[]; otherwise: boolean | null }> {
  const held = await intentions.list();
  const unmatched = pairsIn(policy).find((pair) => rulingOf(held, pair) === null);
  return { intentions: held, otherwise: unmatched === undefined ? null : await intentions.allows(unmatched) };
}

const inOrder = (a: Intention, b: Intention) =>
  precedence(b) - precedence(a) || tellPair(a).localeCompare(tellPair(b), "en");
