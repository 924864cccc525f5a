import { type Ground, expired, objection, type Verdict } from "../domain/approval.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { planFor, planMoves } from "../domain/plan.ts";
import { nothingWritten } from "../domain/receipt.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import type { RenewalRequest, RequestState } from "../domain/renewal.ts";
import type { Clock, Freezes, Requests } from "./ports.ts";
import { expireRequest } from "./expire-requests.ts";
import { toldRequest } from "./tell-request.ts";

export interface DecideNeeds {
  requests: Pick<Requests, "find" | "move">;
  freezes: Pick<Freezes, "all">;
  /** As they are configured now: who may decide, and what would be done, are read here and not in the request. */
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
  /** The Slack user groups that this user is a member of, now. */
  groupsOf: (user: string) => Promise<string[]>;
}

/** `changed` is false when it was decided before: `decidedBy` and `decidedAt` of the request say by whom and when. */
export interface Decided {
  request: RenewalRequest;
  changed: boolean;
}

interface Click {
  id: string;
  user: string;
  verdict: Verdict;
  reason?: string;
}

/**
 * Decides now, from the store, the configuration and the directory of roles. Of two who click at once one wins; the
 * other gets `changed: false`. Refused: not-found, expired, not-managed, self-approval, not-approver,
 * directory-unavailable, frozen; and plan-moved, which makes the request void.
 */
export async function decideRequest(needs: DecideNeeds, click: Click): Promise<Decided | Refusal> {
  const ground = await gather(needs, click);
  if (isRefusal(ground)) return ground;
  const { request, service, now } = ground;
  if (request.state === "expired") return expired(request);
  if (request.state !== "pending") return { request, changed: false };

  const no = objection(ground);
  if (no?.code === "expired") await expireRequest(needs, request, now);
  if (no) return no;
  const moved = service && click.verdict === "approve" ? planMoves(request.plan, planFor(service)) : [];
  if (moved.length > 0) return voidRequest(needs, click, { request, moved, now });

  const { id, user, verdict, reason = "" } = click;
  const state: RequestState = verdict === "approve" ? "approved" : "denied";
  const detail = { planHash: request.planHash, ...(reason && { reason }) };
  const changed = await needs.requests.move(
    id,
    ["pending"],
    { state, decidedBy: user, decidedAt: now },
    { ...toldRequest({ request, state, actor: user, at: now }, detail), job: verdict === "approve" },
  );
  return changed
    ? { request: { ...request, state, decidedBy: user, decidedAt: now }, changed }
    : decideAgain(needs, click);
}

async function gather(
  { requests, freezes, services, clock, groupsOf }: DecideNeeds,
  { id, user, verdict }: Click,
): Promise<Ground | Refusal> {
  const request = await requests.find(id);
  if (!request) {
    return refuse("not-found", `There is no request ${id}.`, "The newest ones stand in the channel: /cert help");
  }
  const frozen = await freezes.all();
  // Who is in which group matters only to what can still be decided.
  const groups = request.state === "pending" ? await groupsOf(user).catch(() => null) : [];
  return { request, service: services.get(request.service), user, verdict, groups, freezes: frozen, now: clock() };
}

/** Approving what is no longer planned decides nothing: it ends, and its message says what moved. */
async function voidRequest(
  needs: DecideNeeds,
  click: Click,
  { request, moved, now }: { request: RenewalRequest; moved: string[]; now: number },
): Promise<Decided | Refusal> {
  const { id, service } = request;
  const problem = `The plan moved since it was asked for: ${moved.join("; ")}.`;
  const ended = await needs.requests.move(
    id,
    ["pending"],
    { state: "void", receipt: nothingWritten(id, problem) },
    toldRequest({ request, state: "void", actor: click.user, at: now }, { problem }),
  );
  if (!ended) return decideAgain(needs, click);
  return refuse("plan-moved", `${id} is void. ${problem}`, `Nothing was written. Ask again: /cert renew ${service}`);
}

/** Somebody else was quicker: with another click, or with a freeze. Their answer is the answer. */
async function decideAgain(needs: DecideNeeds, click: Click): Promise<Decided | Refusal> {
  const ground = await gather(needs, click);
  if (isRefusal(ground)) return ground;
  if (ground.request.state !== "pending") return { request: ground.request, changed: false };
  return objection(ground) ?? refuse("changed-meanwhile", `${click.id} changed at this moment.`, "Click again.");
}
