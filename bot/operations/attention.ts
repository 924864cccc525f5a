import type { Answer } from "../domain/answer.ts";
import type { Configured } from "../domain/approval.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { handedOver } from "../domain/handed-over.ts";
import { mayReview } from "../domain/review.ts";
import type { Snooze } from "../domain/snooze.ts";
import { inTurn, type Turn } from "../domain/turn.ts";
import { Failure } from "../errors.ts";
import type { Desk } from "./command.ts";
import type { Clock } from "./ports.ts";
import type { Requests, Snoozes } from "./store-ports.ts";

/** What people should look at now. */
export interface Attention {
  pending: Request[];
  running: Request[];
  /** Let through by one person alone, and not looked at since. */
  toReview: Request[];
  expiring: Answer;
  /** Those in force. */
  snoozes: Snooze[];
}

/** The same as one person sees it. */
export interface OwnAttention extends Omit<Attention, "pending" | "toReview"> {
  pending: { request: Request; turn: Turn }[];
  /** `yours`: this person may. Those first. */
  toReview: { request: Request; yours: boolean }[];
}

const mostOpen = 500;

/** Requests that wait for a decision or a review, work under way, and what ends soon. */
export async function attention({
  desk,
  requests,
  snoozes,
  clock,
}: {
  desk: Pick<Desk, "ask">;
  requests: Pick<Requests, "list">;
  snoozes: Pick<Snoozes, "all">;
  clock: Clock;
}): Promise<Attention> {
  const now = clock();
  const [open, toReview, expiring, snoozed] = await Promise.all([
    requests.list({ states: ["pending", "approved"], limit: mostOpen }),
    requests.list({ toReview: true, limit: mostOpen }),
    desk.ask({ kind: "expiring", window: null }),
    snoozes.all(),
  ]);
  if (isRefusal(expiring)) throw new Failure(expiring.code, expiring.message, expiring.hint);
  return {
    pending: open.filter(({ state }) => state === "pending"),
    running: open.filter(({ state }) => state === "approved"),
    toReview,
    expiring,
    snoozes: snoozed.filter(({ until }) => until > now),
  };
}

/** What was handed to them by name comes first. `groups`: of which that person is a member; null where that is not known. */
export function ownAttention(
  all: Attention,
  person: { user: string; groups: string[] | null; now: number },
  configured: Configured,
): OwnAttention {
  const pending = inTurn(all.pending, person, configured);
  const handedToThem = ({ request }: { request: Request }) => Number(handedOver(request)?.to === person.user);
  const toReview = all.toReview.map((request) => ({ request, yours: mayReview(request, person) }));
  return {
    ...all,
    pending: pending.toSorted((a, b) => handedToThem(b) - handedToThem(a)),
    toReview: toReview.toSorted((a, b) => Number(b.yours) - Number(a.yours)),
  };
}
