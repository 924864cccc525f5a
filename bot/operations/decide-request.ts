import { expired, objection, type Verdict } from "../domain/approval.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import type { RenewalRequest, RequestState } from "../domain/renewal.ts";
import type { Clock, Freezes, Requests } from "./ports.ts";
import { expireRequest } from "./expire-requests.ts";
import { toldRequest } from "./tell-request.ts";

export interface DecideNeeds {
  requests: Pick<Requests, "find" | "move">;
  freezes: Pick<Freezes, "all">;
  clock: Clock;
  /** The Slack user groups that this user is a member of, now. */
  groupsOf: (user: string) => Promise<string[]>;
}

/** `changed` is false when it was decided before: `decidedBy` and `decidedAt` of the request say by whom and when. */
export interface Decided {
  request: RenewalRequest;
  changed: boolean;
}

/**
 * Decides now, from the store and the directory of roles. Of two who click at once one wins; the other gets `changed: false`.
 * Refused: not-found, expired, self-approval, not-approver, directory-unavailable, frozen.
 */
export async function decideRequest(
  needs: DecideNeeds,
  { id, user, verdict, reason = "" }: { id: string; user: string; verdict: Verdict; reason?: string },
): Promise<Decided | Refusal> {
  const request = await needs.requests.find(id);
  if (!request) {
    return refuse("not-found", `There is no request ${id}.`, "The newest ones stand in the channel: /cert help");
  }
  if (request.state === "expired") return expired(request);
  if (request.state !== "pending") return { request, changed: false };

  const freezes = await needs.freezes.all();
  const groups = await needs.groupsOf(user).catch(() => null);
  const now = needs.clock();
  const no = objection({ request, user, verdict, groups, freezes, now });
  if (no?.code === "expired") await expireRequest(needs, request, now);
  if (no) return no;

  const state: RequestState = verdict === "approve" ? "approved" : "denied";
  const changed = await needs.requests.move(
    id,
    ["pending"],
    { state, decidedBy: user, decidedAt: now },
    {
      ...toldRequest(
        { request, state, actor: user, at: now },
        { planHash: request.planHash, ...(reason && { reason }) },
      ),
      job: verdict === "approve",
    },
  );
  return changed
    ? { request: { ...request, state, decidedBy: user, decidedAt: now }, changed }
    : decideAgain(needs, { id, user, verdict });
}

/** Somebody else was quicker: with another click, or with a freeze. Their answer is the answer. */
async function decideAgain(
  needs: DecideNeeds,
  { id, user, verdict }: { id: string; user: string; verdict: Verdict },
): Promise<Decided | Refusal> {
  const request = await needs.requests.find(id);
  if (request && request.state !== "pending") return { request, changed: false };
  const freezes = await needs.freezes.all();
  const no =
    request && objection({ request, user, verdict, groups: request.approval.groups, freezes, now: needs.clock() });
  return no ?? refuse("changed-meanwhile", `${id} changed at this moment.`, "Click again.");
}
