import {
  approvalOf,
  approversNeeded,
  type Ground,
  expired,
  objection,
  takesMore,
  type Verdict,
} from "../domain/approval.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { about, type Request, type RequestState } from "../domain/request.ts";
import { Failure } from "../errors.ts";
import type { Clock, Freezes, Requests } from "./ports.ts";
import { expireRequest } from "./expire-requests.ts";
import { movedSince, type StandingNeeds } from "./standing.ts";
import { toldRequest } from "./tell-request.ts";

/** Who may decide, and what would be done, are read in what stands now and not in the request. */
export interface DecideNeeds extends StandingNeeds {
  requests: Pick<Requests, "find" | "list" | "move">;
  freezes: Pick<Freezes, "all">;
  clock: Clock;
  /** The Slack user groups that this user is a member of, now. */
  groupsOf: (user: string) => Promise<string[]>;
}

/** `changed` is false when it was decided before: `decidedBy` and `decidedAt` of the request say by whom and when. */
export interface Decided {
  request: Request;
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
 * other gets `changed: false`. Where it takes two to approve, the first leaves it pending. Refused: not-found, expired,
 * not-managed, self-approval, not-approver, already-approved, directory-unavailable, frozen; plan-moved, which makes the request void; and what ails a server that was to say
 * whether it moved.
 */
export async function decideRequest(needs: DecideNeeds, click: Click): Promise<Decided | Refusal> {
  const ground = await gather(needs, click);
  if (isRefusal(ground)) return ground;
  const { request, now } = ground;
  if (request.state === "expired") return expired(request);
  if (request.state !== "pending") return { request, changed: false };

  const no = objection(ground);
  if (no?.code === "expired") await expireRequest(needs, request, now);
  if (no) return no;
  const moved = click.verdict === "approve" ? await movesNow(needs, request) : [];
  if (isRefusal(moved)) return moved;
  if (moved.length > 0) return voidRequest(needs, click, { request, moved, now });

  if (click.verdict === "approve" && takesMore(request)) return approveInPart(needs, click, { request, now });

  const { id, user, verdict, reason = "" } = click;
  const state: RequestState = verdict === "approve" ? "approved" : "denied";
  const approvals = verdict === "approve" ? [...request.approvals, { user, at: now }] : request.approvals;
  const detail = { planHash: request.planHash, ...(reason && { reason }) };
  const change = { state, decidedBy: user, decidedAt: now, approvals };
  const changed = await needs.requests.move(id, ["pending"], change, {
    ...toldRequest({ request, news: state, actor: user, at: now }, detail),
    job: verdict === "approve",
    knowing: request.approvals,
  });
  return changed ? { request: { ...request, ...change }, changed } : decideAgain(needs, click, request);
}

/** One of several has approved: it waits on, and its message says for how many. */
async function approveInPart(
  needs: DecideNeeds,
  click: Click,
  { request, now }: { request: Request; now: number },
): Promise<Decided | Refusal> {
  const { id, user } = click;
  const approvals = [...request.approvals, { user, at: now }];
  const told = toldRequest(
    { request, news: "approved-in-part", actor: user, at: now },
    { planHash: request.planHash, needed: approversNeeded(request) },
  );
  const outbox = [{ key: `request:${id}:approved-by:${user}`, kind: "request", subject: id, payload: {} } as const];
  const commit = { ...told, outbox, knowing: request.approvals };
  const changed = await needs.requests.move(id, ["pending"], { approvals }, commit);
  return changed ? { request: { ...request, approvals }, changed } : decideAgain(needs, click, request);
}

async function gather(needs: DecideNeeds, { id, user, verdict }: Click): Promise<Ground | Refusal> {
  const { requests, freezes, clock, groupsOf } = needs;
  const request = await requests.find(id);
  if (!request) {
    return refuse("not-found", `There is no request ${id}.`, "The newest ones stand in the channel: /cert help");
  }
  const frozen = await freezes.all();
  // Who is in which group matters only to what can still be decided.
  const groups = request.state === "pending" ? await groupsOf(user).catch(() => null) : [];
  return { request, approval: approvalOf(request, needs), user, verdict, groups, freezes: frozen, now: clock() };
}

async function movesNow(needs: DecideNeeds, request: Request): Promise<string[] | Refusal> {
  try {
    return await movedSince(needs, request);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return refuse(error.code, `${error.message} Nothing was decided.`, `${error.hint} Then click again.`);
  }
}

/** Approving what is no longer planned decides nothing: it ends, and its message says what moved. */
async function voidRequest(
  needs: DecideNeeds,
  click: Click,
  { request, moved, now }: { request: Request; moved: string[]; now: number },
): Promise<Decided | Refusal> {
  const { id } = request;
  const problem = `The plan moved since it was asked for: ${moved.join("; ")}.`;
  const ended = await needs.requests.move(
    id,
    ["pending"],
    { state: "void", receipt: about(request).nothingWritten(problem) },
    toldRequest({ request, news: "void", actor: click.user, at: now }, { problem }),
  );
  if (!ended) return decideAgain(needs, click, request);
  return refuse(
    "plan-moved",
    `${id} is void. ${problem}`,
    `Nothing was written. Ask again: ${about(request).askAgain}`,
  );
}

/**
 * Somebody else was quicker: with another click, or with a freeze. Their answer is the answer, unless theirs was one of
 * several approvals: then this one counts after it.
 */
async function decideAgain(needs: DecideNeeds, click: Click, before: Request): Promise<Decided | Refusal> {
  const ground = await gather(needs, click);
  if (isRefusal(ground)) return ground;
  const { request } = ground;
  if (request.state !== "pending") return { request, changed: false };
  if (request.approvals.length > before.approvals.length) return decideRequest(needs, click);
  return objection(ground) ?? refuse("changed-meanwhile", `${click.id} changed at this moment.`, "Click again.");
}
