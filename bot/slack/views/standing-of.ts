import { approversMissing } from "../../domain/approval.ts";
import type { Review } from "../../domain/asked.ts";
import { stillToApprove } from "../../domain/missing-approvers.ts";
import type { People } from "../../domain/approval-policy.ts";
import { handedOver } from "../../domain/handed-over.ts";
import { tellDuration } from "../../domain/duration.ts";
import { about, type Request } from "../../domain/request.ts";
import { onCall } from "../../domain/rota.ts";
import { actions, button, context, fields, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { approvers, code, person, plain, time, timeLeft } from "./words.ts";

export const reviewAction = "review_request";

/** Everybody who may, whoever is on call now by name. */
export function peopleNow({ users, groups, rotas }: People, now: number): string {
  const calls = rotas.map((rota) => {
    const user = onCall(rota, now);
    return `${user === null ? "nobody yet" : person(user)} (on call, ${plain(rota.name)})`;
  });
  const named = users.length + groups.length === 0 ? [] : [approvers({ users, groups })];
  return [...named, ...calls].join(", ") || "nobody";
}

/** Where a request stands that waits: who has approved, who is missing, how long is left, and what comes then. */
export function pendingBlocks(request: Request, now: number): Block[] {
  const { expiresAt } = request;
  const handed = handedText(request);
  return [
    fields([
      ...approvedAndMissing(request, now),
      ["Time left", `until ${time(expiresAt)}, ${timeLeft(expiresAt, now)}`],
      ["And then", whatThen(request, now)],
      ...(handed === null ? [] : [["Handed over", handed] satisfies [string, string]]),
    ]),
    ...remarkBlocks(request),
  ];
}

/** Who has approved it, and of whom how many more it takes. */
export function approvedAndMissing(request: Request, now: number): [name: string, value: string][] {
  const { approvals } = request;
  const missing = approversMissing(request);
  const given = approvals.map(({ user, at }) => `✅ ${person(user)} · ${time(at)}`);
  return [
    ["Approved", given.join("\n") || "by nobody yet"],
    ["Missing", `${missing} of ${peopleNow(stillToApprove(request, now), now)}`],
  ];
}

/** To whom and by whom it was handed over; null: to nobody. The others may decide it still. */
export function handedText(request: Request): string | null {
  const handed = handedOver(request);
  return handed && `👉 to ${person(handed.to)} by ${person(handed.by)} · ${time(handed.at)}`;
}

function whatThen({ approval, stage }: Request, now: number): string {
  const next = approval.escalation[stage];
  if (next === undefined) return "it expires; nothing is written";
  return `${peopleNow(next, now)} may decide as well, for ${tellDuration(next.deadlineMs)}`;
}

const mostRemarks = 3;

/** The latest of what people said. */
export function remarkBlocks({ remarks }: Pick<Request, "remarks">): Block[] {
  const before = remarks.length - mostRemarks;
  const shown = remarks.slice(-mostRemarks).map(({ user, at, text, to }) => {
    if (to === null) return `💬 ${person(user)} · ${time(at)}: ${plain(text)}`;
    return `👉 ${person(user)} · ${time(at)} asks ${person(to)} to decide${text === "" ? "" : `: ${plain(text)}`}`;
  });
  if (shown.length === 0) return [];
  return [context([...(before > 0 ? [`_…and ${before} more before_`] : []), ...shown].join("\n"))];
}

/** How it came to be approved where that was not by everybody it takes: by the policy itself, or by one person alone. */
export function exceptionBlocks({ id, review, decidedBy, decidedWhy, state }: Request): (Block | null)[] {
  if (decidedWhy === null || state === "denied" || state === "withdrawn") return [];
  if (review === null) return [context(`📗 ${plain(decidedWhy)}`)];
  const alone = `🚨 *Break-glass*: ${person(decidedBy ?? "unknown")} let it through alone\n>${plain(decidedWhy)}`;
  if (review.by === null) {
    return [section(`${alone}\nNobody has reviewed it yet.`), actions([button("Review", reviewAction, id, "primary")])];
  }
  const when = review.at === null ? "" : ` · ${time(review.at)}`;
  return [section(`${alone}\nReviewed by ${person(review.by)}${when}, ${foundWords(review)}: ${plain(review.note)}`)];
}

/** What a review found, and where it was not by somebody else. */
export function foundWords(review: Review | null): string {
  const found = review?.verdict === "justified" ? "justified" : "*not justified*";
  return review?.nobodyElse ? `${found} (by one of the two whose doing it was: its policy has nobody else)` : found;
}

/** What one person let through alone, when and why, of what nobody has reviewed yet. */
export function toReviewText(request: Request): string {
  const { id, decidedBy, decidedAt, decidedWhy } = request;
  const when = decidedAt === null ? "" : ` · ${time(decidedAt)}`;
  return `🚨 ${named(id, about(request).asksFor)}, was let through alone by ${person(decidedBy ?? "unknown")}${when}, and is to be reviewed\n>${plain(decidedWhy ?? "")}`;
}

/** "`r-abcd2345`, a renewal of service-a". */
export const named = (id: string, asksFor: string) => `${code(id)}, ${plain(asksFor)}`;
