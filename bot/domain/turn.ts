import { type Configured, deciders, isConfigured } from "./approval.ts";
import { notAmong } from "./approval-policy.ts";
import type { Request } from "./request.ts";

/** Whose decision a pending request waits for, as one person sees it: theirs, only others', or others' on what they asked for. */
export type Turn = "you" | "others" | "yours";

/** `groups`: of which they are a member; null when the directory could not be read: then it may be their turn. */
export function turnOf(
  request: Request,
  { user, groups, now }: { user: string; groups: string[] | null; now: number },
  configured: Configured,
): Turn {
  const own = request.requester === user;
  const otherwise = own ? "yours" : "others";
  if (own && !request.approval.requesterCounts) return otherwise;
  if (!isConfigured(request, configured) || request.approvals.some((one) => one.user === user)) return otherwise;
  const words = { mayNot: "decide it", undone: "decided" };
  const no = notAmong(deciders(request), { user, groups, now, words });
  return no === null || no.code === "directory-unavailable" ? "you" : otherwise;
}

const order: Record<Turn, number> = { you: 0, yours: 1, others: 2 };

/** What waits for them first, then what they asked for; of each the soonest deadline first. */
export function byTurn<One extends { turn: Turn; request: Request }>(all: One[]): One[] {
  return all.toSorted((a, b) => order[a.turn] - order[b.turn] || a.request.expiresAt - b.request.expiresAt);
}
