import type { Intention } from "./intention.ts";
import { type IntentionRequest, namedIn } from "./intention-request.ts";
import type { Request } from "./request.ts";

/** The approved request by which an intention was set. */
export interface SetBy {
  request: string;
  requester: string;
  reason: string;
  approvedBy: string;
  at: number;
}

/** An intention and who had it set; null: a file, or somebody by hand. */
export interface TracedIntention extends Intention {
  setBy: SetBy | null;
}

/**
 * The request that the intention's description names is believed when it asked for just this and was approved: a
 * description can be written by anybody.
 * @param named the request of that id; null when there is none
 */
export function setBy(intention: Intention, named: Request | null): SetBy | null {
  if (named?.kind !== "intention" || named.id !== namedIn(intention) || !isOf(named, intention)) return null;
  const { id, requester, reason, decidedBy, decidedAt, state } = named;
  if (decidedBy === null || decidedAt === null || state === "denied" || state === "withdrawn") return null;
  return { request: id, requester, reason, approvedBy: decidedBy, at: decidedAt };
}

function isOf({ plan }: IntentionRequest, { source, destination, action }: Intention): boolean {
  return plan.source === source && plan.destination === destination && plan.action === action;
}
