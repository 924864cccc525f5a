import type { Answer } from "../domain/answer.ts";
import type { Configured } from "../domain/approval.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { byTurn, type Turn, turnOf } from "../domain/turn.ts";
import { Failure } from "../errors.ts";
import type { Desk } from "./command.ts";
import type { Requests } from "./store-ports.ts";

/** What people should look at now. */
export interface Attention {
  pending: Request[];
  running: Request[];
  expiring: Answer;
}

/** The same as one person sees it. */
export interface OwnAttention extends Omit<Attention, "pending"> {
  pending: { request: Request; turn: Turn }[];
}

const mostOpen = 500;

/** Requests that wait for a decision, work under way, and what ends soon. */
export async function attention({
  desk,
  requests,
}: {
  desk: Pick<Desk, "ask">;
  requests: Pick<Requests, "list">;
}): Promise<Attention> {
  const [open, expiring] = await Promise.all([
    requests.list({ states: ["pending", "approved"], limit: mostOpen }),
    desk.ask({ kind: "expiring", window: null }),
  ]);
  if (isRefusal(expiring)) throw new Failure(expiring.code, expiring.message, expiring.hint);
  return {
    pending: open.filter(({ state }) => state === "pending"),
    running: open.filter(({ state }) => state === "approved"),
    expiring,
  };
}

/** `groups`: of which that person is a member; null where that is not known. */
export function ownAttention(
  all: Attention,
  person: { user: string; groups: string[] | null; now: number },
  configured: Configured,
): OwnAttention {
  const pending = all.pending.map((request) => ({ request, turn: turnOf(request, person, configured) }));
  return { ...all, pending: byTurn(pending) };
}
