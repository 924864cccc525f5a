import { type Configured, isConfigured, objection } from "./approval.ts";
import type { Request } from "./request.ts";

/** Whose decision a pending request waits for, as one person sees it: theirs, only others', or others' on what they asked for. */
export type Turn = "you" | "others" | "yours";

interface Person {
  user: string;
  /** Of which they are a member; null when the directory could not be read. */
  groups: string[] | null;
  now: number;
}

/** Judged as the click would be, but for a freeze: that holds everybody. Without the directory it may be their turn. */
export function turnOf(request: Request, person: Person, configured: Configured): Turn {
  const ground = { ...person, verdict: "approve" as const, reason: "", freezes: [] };
  const no = objection({ ...ground, request, configured: isConfigured(request, configured) });
  if (no === null || no.code === "directory-unavailable") return "you";
  return request.requester === person.user ? "yours" : "others";
}

/** All of them as that person sees them, in their order. */
export const inTurn = (
  pending: Request[],
  person: Person,
  configured: Configured,
): { request: Request; turn: Turn }[] =>
  byTurn(pending.map((request) => ({ request, turn: turnOf(request, person, configured) })));

const order: Record<Turn, number> = { you: 0, yours: 1, others: 2 };

/** What waits for them first, then what they asked for; of each the soonest deadline first. */
export function byTurn<One extends { turn: Turn; request: Request }>(all: One[]): One[] {
  return all.toSorted((a, b) => order[a.turn] - order[b.turn] || a.request.expiresAt - b.request.expiresAt);
}
