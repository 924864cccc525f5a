import {
  approvalOf,
  deciders,
  expired,
  type Ground,
  isConfigured,
  objection,
  type Turn,
  turnBy,
  type Verdict,
} from "../domain/approval.ts";
import type { People } from "../domain/approval-policy.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { about, noSuchRequest, type Request } from "../domain/request.ts";
import { type Confirmation, stepUpObjection } from "../domain/step-up.ts";
import { Failure } from "../errors.ts";
import { type GroupsOf, type Membership, membership, sayingWhen } from "./membership.ts";
import type { Clock } from "./ports.ts";
import type { Freezes, Requests } from "./store-ports.ts";
import { passDeadline } from "./pass-deadlines.ts";
import { movedSince, type StandingNeeds } from "./standing.ts";
import { toldRequest, toldTurn } from "./tell-request.ts";

/** Whether it may still be decided, who is in which group, and what would be done, are read in what stands now. */
export interface DecideNeeds extends StandingNeeds {
  requests: Pick<Requests, "find" | "list" | "count" | "move">;
  freezes: Pick<Freezes, "all">;
  clock: Clock;
  groupsOf: GroupsOf;
}

/** `changed` is false when it was decided before: `decidedBy` and `decidedAt` of the request say by whom and when. */
export interface Decided {
  request: Request;
  changed: boolean;
}

export interface Deciding {
  id: string;
  user: string;
  verdict: Verdict;
  reason?: string;
  /** Where the policy takes it: the approver's passkey, for this plan. */
  confirmed?: Confirmation;
}

/**
 * Decides now, by the policy that the request keeps, from the store and the directory of roles. Of two who click at once
 * one wins; the other gets `changed: false`. Where it takes several to approve, all but the last leave it pending.
 * Refused: not-found, expired, not-managed, self-approval, not-approver, not-requester, already-approved, reason-missing,
 * no-break-glass, directory-unavailable, frozen, passkey-needed; plan-moved, which makes the request void; and what ails a
 * server that was to say whether it moved.
 */
export async function decideRequest(needs: DecideNeeds, click: Deciding): Promise<Decided | Refusal> {
  const ground = await stillOpen(needs, click);
  if (isRefusal(ground) || "changed" in ground) return ground;
  const { request, user, verdict, now } = ground;
  const no = objection(ground);
  if (no) return sayingWhen(no, ground);
  const effects = verdict === "approve" || verdict === "break-glass";
  const moved = effects ? await movesNow(needs, request) : [];
  if (isRefusal(moved)) return moved;
  if (moved.length > 0) return voidRequest(needs, click, { request, moved, now });
  const { confirmed } = click;
  const unconfirmed = stepUpObjection(ground, approvalOf(request, needs), confirmed);
  if (unconfirmed) return unconfirmed;

  const turn = withPasskey(turnBy(ground), confirmed);
  const changed = await needs.requests.move(request.id, ["pending"], turn.change, {
    ...toldTurn(request, turn, user, now),
    job: turn.effect,
    knowing: request.version,
  });
  if (!changed) return decideAgain(needs, click, request);
  return { request: { ...request, ...turn.change, version: request.version + 1 }, changed };
}

const withPasskey = (turn: Turn, confirmed: Confirmation | undefined): Turn =>
  confirmed ? { ...turn, detail: { ...turn.detail, passkey: confirmed.passkey } } : turn;

/** Whether it was decided by this very click, which was delivered then, before it was cut off. */
export function isDecidedSince({ decidedBy, decidedAt }: Request, user: string, since: number | undefined): boolean {
  return since !== undefined && decidedBy === user && (decidedAt ?? 0) >= since;
}

/**
 * What stands in the way of deciding so, before anything is decided: a refusal, or that it was decided before; null:
 * nothing but what the plan's own check may find.
 */
export async function objectionTo(needs: DecideNeeds, click: Deciding): Promise<Decided | Refusal | null> {
  const ground = await stillOpen(needs, click);
  return isRefusal(ground) || "changed" in ground ? ground : sayingWhen(objection(ground), ground);
}

/** What the decision rests on; of a request that was decided before, or expired, what came of it. */
async function stillOpen(needs: DecideNeeds, click: Deciding): Promise<Gathered | Decided | Refusal> {
  const ground = await gather(needs, click);
  if (isRefusal(ground)) return ground;
  const { request, now } = ground;
  if (request.state === "expired") return expired(request);
  if (request.state !== "pending") return { request, changed: false };
  if (now < request.expiresAt) return ground;
  // A deadline that passed is first dealt with as the clock's own loop would have.
  await passDeadline(needs, request, now);
  return stillOpen(needs, click);
}

type Gathered = Ground & Membership;

async function gather(needs: DecideNeeds, { id, user, verdict, reason = "" }: Deciding): Promise<Gathered | Refusal> {
  const { requests, freezes, clock, groupsOf } = needs;
  const request = await requests.find(id);
  if (!request) return noSuchRequest(id);
  const frozen = await freezes.all();
  const member = await membership(groupsOf, whoMay(request, verdict), { user, now: clock() });
  const configured = isConfigured(request, needs);
  return { request, configured, user, verdict, reason, ...member, freezes: frozen, now: clock() };
}

/** Of whom the person has to be one. Who is in which group matters only to what can still be decided. */
function whoMay(request: Request, verdict: Verdict): People[] {
  if (request.state !== "pending" || verdict === "withdraw") return [];
  const { breakGlass } = request.approval;
  if (verdict === "break-glass") return breakGlass === null ? [] : [breakGlass];
  return [deciders(request)];
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
  click: Deciding,
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
  const { askAgain, howItStands } = about(request);
  const next = howItStands === undefined ? `Ask again: ${askAgain}` : `See how it stands: ${howItStands}`;
  return refuse("plan-moved", `${id} is void. ${problem}`, `Nothing was written. ${next}`);
}

/**
 * Something was quicker: another click, a deadline, or a freeze. Where that ended it, its answer is the answer; where it
 * is pending still, this click counts after it.
 */
async function decideAgain(needs: DecideNeeds, click: Deciding, before: Request): Promise<Decided | Refusal> {
  const ground = await gather(needs, click);
  if (isRefusal(ground)) return ground;
  const { request } = ground;
  if (request.state !== "pending") return { request, changed: false };
  if (request.version !== before.version) return decideRequest(needs, click);
  const no = objection(ground);
  if (no !== null) return sayingWhen(no, ground);
  return refuse("changed-meanwhile", `${click.id} changed at this moment.`, "Click again.");
}
