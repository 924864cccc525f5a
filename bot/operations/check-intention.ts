import { undecided } from "../domain/asked.ts";
import { at, type FieldProblem, type IntentionFields, reasonMissing } from "../domain/forms.ts";
import { type Action, ownOf } from "../domain/intention.ts";
import type { IntentionRequest } from "../domain/intention-request.ts";
import { pairObjection } from "../domain/mesh.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { orRefusal } from "./consul-refusal.ts";
import { cannotOpen, type OpenNeeds, reasonTooLong } from "./open-request.ts";
import type { Clock, Intentions, Mesh } from "./ports.ts";
import { nothingToChange } from "./propose-intention.ts";

export interface CheckIntentionNeeds extends OpenNeeds {
  mesh: Pick<Mesh, "policy"> & { intentions: Pick<Intentions, "list"> };
  services: ReadonlyMap<string, unknown>;
  clock: Clock;
}

/** What is wrong with a form for an intention, field by field, or with all of it; empty: nothing. Nothing is written. */
export async function checkIntention(
  needs: CheckIntentionNeeds,
  { source, destination, action, reason, requester }: IntentionFields & { requester: string },
): Promise<FieldProblem[] | Refusal> {
  const { policy, intentions } = needs.mesh;
  const pair = { source, destination };
  const noPair = pairObjection(policy, needs.services.keys(), pair);
  const noReason = reasonMissing(reason) ?? reasonTooLong(reason);
  const wrong = [
    noPair && at(policy.services.includes(source) ? "destination" : "source", noPair),
    isAction(action) ? null : at("action", refuse("missing-argument", "Which?", "Choose whether it may call or not.")),
    noReason && at("reason", noReason),
  ].filter((one) => one !== null);
  if (wrong.length > 0 || !isAction(action)) return wrong;
  const held = await orRefusal(intentions.list());
  if (isRefusal(held)) return held;
  const before = ownOf(held, pair)?.action ?? null;
  const unchanged = nothingToChange(pair, action, before);
  if (unchanged) return [at("action", unchanged)];
  // As it would be opened.
  const request: IntentionRequest = {
    ...undecided({ source, destination, action, before }, policy.approval, needs.clock()),
    kind: "intention",
    id: "",
    requester,
    reason,
    evidence: { allowed: null, ruling: null, call: null },
  };
  return (await cannotOpen(needs, request)) ?? [];
}

export const isAction = (word: string): word is Action => word === "allow" || word === "deny";
