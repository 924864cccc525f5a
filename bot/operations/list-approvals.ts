import { type Configured, deciders } from "../domain/approval.ts";
import type { Request } from "../domain/request.ts";
import { inTurn, type Turn } from "../domain/turn.ts";
import { type GroupsOf, membership } from "./membership.ts";
import type { Clock } from "./ports.ts";
import type { Requests } from "./store-ports.ts";

/** What is open, as one person sees it. */
export interface OpenRequests {
  /** Those that wait, theirs first; of each the nearest deadline first. */
  pending: { request: Request; turn: Turn }[];
  running: Request[];
  /** Let through by one person alone, and not looked at since. */
  toReview: Request[];
}

const most = 1_000;

interface ListNeeds extends Configured {
  requests: Pick<Requests, "list">;
  clock: Clock;
  groupsOf: GroupsOf;
}

/** Every request that waits, runs, or is to be reviewed. */
export async function listApprovals(needs: ListNeeds, user: string): Promise<OpenRequests> {
  const { requests, groupsOf, clock } = needs;
  const [open, toReview] = await Promise.all([
    requests.list({ states: ["pending", "approved"], limit: most }),
    requests.list({ toReview: true, limit: most }),
  ]);
  const now = clock();
  const pending = open.filter(({ state }) => state === "pending");
  const { groups } = await membership(groupsOf, pending.map(deciders), { user, now });
  return {
    pending: inTurn(pending, { user, groups, now }, needs),
    running: open.filter(({ state }) => state === "approved"),
    toReview,
  };
}
