import type { Review } from "../domain/asked.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { reviewBy, reviewersOf } from "../domain/review.ts";
import { membership, sayingWhen } from "./membership.ts";
import { reasonTooLong } from "./open-request.ts";
import type { RemarkNeeds } from "./remark-on-request.ts";
import { toldRequest } from "./tell-request.ts";

interface Reviewing {
  id: string;
  user: string;
  verdict: NonNullable<Review["verdict"]>;
  note: string;
}

/**
 * What somebody else found of a break-glass. Refused: not-found, nothing-to-review, already-reviewed, own-review,
 * not-approver, directory-unavailable, reason-missing, reason-too-long.
 */
export async function reviewRequest(needs: RemarkNeeds, reviewing: Reviewing): Promise<Request | Refusal> {
  const { id, user, verdict, note } = reviewing;
  const { requests, groupsOf, clock } = needs;
  const request = await requests.find(id);
  if (!request) return refuse("not-found", `There is no request ${id}.`, "Those to review: /approvals");
  const tooLong = reasonTooLong(note);
  if (tooLong) return tooLong;
  const now = clock();
  const member = await membership(groupsOf, [reviewersOf(request).people], { user, now });
  const review = sayingWhen(reviewBy({ request, user, verdict, note, groups: member.groups, now }), member);
  if (isRefusal(review)) return review;
  const { nobodyElse } = review;
  const detail = { verdict, reason: note, ...(nobodyElse && { nobodyElse }) };
  const told = toldRequest({ request, news: "reviewed", actor: user, at: now }, detail, "reviewed");
  const changed = await requests.move(id, [request.state], { review }, { ...told, knowing: request.version });
  return changed ? { ...request, review } : reviewRequest(needs, reviewing);
}
