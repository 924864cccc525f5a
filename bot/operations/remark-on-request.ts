import { deciders } from "../domain/approval.ts";
import { whoTheyAre } from "../domain/approval-policy.ts";
import type { Remark } from "../domain/asked.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { about, noSuchRequest, type Request } from "../domain/request.ts";
import { type GroupsOf, notOneOf } from "./membership.ts";
import { reasonTooLong } from "./open-request.ts";
import type { Clock } from "./ports.ts";
import type { Requests } from "./store-ports.ts";
import { toldRequest } from "./tell-request.ts";

export interface RemarkNeeds {
  requests: Pick<Requests, "find" | "move">;
  clock: Clock;
  groupsOf: GroupsOf;
}

interface Saying {
  id: string;
  user: string;
  text: string;
  /** Said at that time and cut off: the same remark of theirs since then is this one. */
  since?: number | undefined;
}

/** Somebody says something about a request. Refused: not-found, reason-missing, reason-too-long. */
export async function comment(needs: RemarkNeeds, { id, user, text, since }: Saying): Promise<Request | Refusal> {
  if (text.trim() === "")
    return refuse("reason-missing", "A comment says something.", `/approvals comment ${id} <text>`);
  return remark(needs, { id, since }, async () => ({ user, to: null, text: text.trim() }));
}

/**
 * Leaves the decision to one of those who may decide, by name; the others may still. Refused: not-found, not-pending,
 * not-approver, directory-unavailable, and to-nobody where the other one could not decide it.
 */
export async function handOver(
  needs: RemarkNeeds,
  { id, user, text, to, since }: Saying & { to: string },
): Promise<Request | Refusal> {
  return remark(needs, { id, since }, async (request) => {
    const no = await mayNotHandOver(needs, request, { user, to });
    return no ?? { user, to, text: text.trim() };
  });
}

/** What stands in the way of handing it over so; null: nothing. */
export async function handOverObjection(
  needs: RemarkNeeds,
  { id, user, to }: { id: string; user: string; to: string },
): Promise<Refusal | null> {
  const request = await needs.requests.find(id);
  return request === null ? noSuchRequest(id) : mayNotHandOver(needs, request, { user, to });
}

async function mayNotHandOver(
  { groupsOf, clock }: RemarkNeeds,
  request: Request,
  { user, to }: { user: string; to: string },
): Promise<Refusal | null> {
  const now = clock();
  const { id, requester, approval, approvals, state } = request;
  const all = deciders(request);
  if (state !== "pending") return refuse("not-pending", `${id} is ${state} already.`, `See: /cert trace ${id}`);
  const words = { mayNot: `hand over requests for ${about(request).subject}`, undone: "handed over" };
  const stranger = (one: string) => notOneOf(groupsOf, all, { user: one, now, words });
  const mayNot = user === requester ? null : await stranger(user);
  if (mayNot) return mayNot;
  const cannot = await stranger(to);
  if (cannot?.code === "directory-unavailable") return cannot;
  const own = to === requester && !approval.requesterCounts;
  if (cannot === null && !own && !approvals.some((one) => one.user === to)) return null;
  return refuse(
    "to-nobody",
    own ? `${to} asked for ${id} and may not decide it.` : `${to} cannot decide ${id}, or has approved it already.`,
    `It is decided by ${whoTheyAre(all, now)}.`,
  );
}

type Said = Pick<Remark, "user" | "text" | "to">;

async function remark(
  needs: RemarkNeeds,
  { id, since }: { id: string; since: number | undefined },
  say: (request: Request) => Promise<Said | Refusal>,
): Promise<Request | Refusal> {
  const request = await needs.requests.find(id);
  if (!request) return noSuchRequest(id);
  const said = await say(request);
  if (isRefusal(said)) return said;
  const tooLong = reasonTooLong(said.text);
  if (tooLong) return tooLong;
  const { user, text, to } = said;
  const before = request.remarks.find(
    (one) => one.user === user && one.text === text && one.to === to && since !== undefined && one.at >= since,
  );
  if (before) return request;
  const at = needs.clock();
  const remarks = [...request.remarks, { user, at, text, to }];
  const news = to === null ? "commented" : "handed-over";
  const told = toldRequest(
    { request, news, actor: user, at },
    { text, ...(to !== null && { to }) },
    to === null ? undefined : "handed-over",
  );
  const changed = await needs.requests.move(id, [request.state], { remarks }, { ...told, knowing: request.version });
  // Somebody decided it, or said something, at this moment: it is said of what it is now.
  return changed ? { ...request, remarks } : remark(needs, { id, since }, say);
}
