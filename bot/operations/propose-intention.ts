import { undecided } from "../domain/asked.ts";
import { type Action, ownOf, type Pair, tellPair } from "../domain/intention.ts";
import type { IntentionPlan, IntentionRequest } from "../domain/intention-request.ts";
import { pairObjection } from "../domain/mesh.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { orRefusal } from "./consul-refusal.ts";
import { type CallWhy, explainCall } from "./explain-call.ts";
import { askedSince, openRequest, type OpenNeeds, reasonTooLong } from "./open-request.ts";
import type { Clock, Mesh } from "./ports.ts";
import type { Requests } from "./store-ports.ts";

export interface ProposeIntentionNeeds extends OpenNeeds {
  requests: Pick<Requests, "open" | "list" | "find">;
  mesh: Mesh;
  services: ReadonlyMap<string, unknown>;
  clock: Clock;
  newId: () => string;
}

export interface WantedIntention extends Pair {
  action: Action;
  requester: string;
  reason: string;
  /** Asked at that time and cut off: a request of theirs since then is this one, and there is no second. */
  since?: number | undefined;
}

/**
 * Opens a pending request to allow or deny one call. Refused: reason-too-long, unknown-service, not-in-mesh,
 * same-service, already-so, has-permissions, frozen, already-open, and what ails a Consul that does not answer.
 */
export async function proposeIntention(
  needs: ProposeIntentionNeeds,
  { source, destination, action, requester, reason, since }: WantedIntention,
): Promise<IntentionRequest | Refusal> {
  const { policy, intentions } = needs.mesh;
  const pair = { source, destination };
  const no = reasonTooLong(reason) ?? pairObjection(policy, needs.services.keys(), pair);
  if (no) return no;
  const asked = await askedSince(needs, { kind: "intention", subject: tellPair(pair), requester, since });
  if (asked) return asked;
  const held = await orRefusal(intentions.list());
  if (isRefusal(held)) return held;
  const before = ownOf(held, pair)?.action ?? null;
  const unchanged = nothingToChange(pair, action, before);
  if (unchanged) return unchanged;
  const now = await orRefusal(explainCall(needs, held, pair));
  if (isRefusal(now)) return now;
  const plan: IntentionPlan = { source, destination, action, before };
  return openRequest<IntentionRequest>(needs, {
    ...undecided(plan, policy.approval, needs.clock()),
    kind: "intention",
    id: needs.newId(),
    requester,
    reason,
    evidence: evidence(now),
  });
}

/** null: there is something to change. `before`: the pair's own intention now. */
export function nothingToChange(pair: Pair, action: Action, before: Action | "permissions" | null): Refusal | null {
  if (before === "permissions") {
    return refuse(
      "has-permissions",
      `The intention ${tellPair(pair)} decides by path, header or method.`,
      "certops sets only whole calls: change it where it was written.",
    );
  }
  if (before !== action) return null;
  return refuse(
    "already-so",
    `${tellPair(pair)} is ${before === "allow" ? "allowed" : "denied"} already.`,
    `Ask who set it: /mesh why ${pair.source} ${pair.destination}`,
  );
}

function evidence({ allowed, ruling, call }: CallWhy): IntentionRequest["evidence"] {
  const by = ruling && { source: ruling.source, destination: ruling.destination, action: ruling.action };
  return { allowed, ruling: by, call };
}
