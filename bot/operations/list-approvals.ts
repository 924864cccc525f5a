import { isRefusal } from "../domain/refusal.ts";
import { objection } from "../domain/approval.ts";
import type { Request } from "../domain/request.ts";
import type { Clock } from "./ports.ts";
import type { Requests } from "./store-ports.ts";

/** What is open, as one person sees it. */
export interface OpenRequests {
  /** Those that wait, the nearest deadline first; `yours`: this person may approve it now. */
  pending: { request: Request; yours: boolean; own: boolean }[];
  running: Request[];
  /** Let through by one person alone, and not looked at since. */
  toReview: Request[];
}

const most = 1_000;

/** Every request that waits, runs, or is to be reviewed. */
export async function listApprovals(
  {
    requests,
    groupsOf,
    clock,
  }: {
    requests: Pick<Requests, "list">;
    clock: Clock;
    groupsOf: (user: string) => Promise<string[]>;
  },
  user: string,
): Promise<OpenRequests> {
  const [open, toReview, groups] = await Promise.all([
    requests.list({ states: ["pending", "approved"], limit: most }),
    requests.list({ toReview: true, limit: most }),
    groupsOf(user).catch(() => null),
  ]);
  const now = clock();
  const ground = { configured: true, user, verdict: "approve" as const, reason: "", groups, freezes: [], now };
  return {
    pending: open
      .filter(({ state }) => state === "pending")
      .toSorted((a, b) => a.expiresAt - b.expiresAt)
      .map((request) => ({
        request,
        yours: !isRefusal(objection({ ...ground, request })),
        own: request.requester === user,
      })),
    running: open.filter(({ state }) => state === "approved"),
    toReview,
  };
}
