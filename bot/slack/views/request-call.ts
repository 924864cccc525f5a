import { stillToApprove } from "../../domain/missing-approvers.ts";
import { stageAt } from "../../domain/approval-policy.ts";
import { tellDuration } from "../../domain/duration.ts";
import { handedOver, remindedAlone } from "../../domain/handed-over.ts";
import type { RequestCall } from "../../domain/request-call.ts";
import { about, type Request } from "../../domain/request.ts";
import { reviewersOf } from "../../domain/review.ts";
import type { Message } from "./blocks.ts";
import { sentenceView } from "./sentence.ts";
import { foundWords, named, peopleNow } from "./standing-of.ts";
import { code, person, plain, time, timeLeft } from "./words.ts";

/** Calls people to a request, drawn from its row as it is now. */
export function requestCallView({ call }: RequestCall, request: Request, now: number): Message {
  return sentenceView(said(call, request, now));
}

function said(call: RequestCall["call"], request: Request, now: number): string {
  const { id, approval, stage, expiresAt, decidedBy, decidedWhy, review } = request;
  const what = named(id, about(request).asksFor);
  const until = `until ${time(expiresAt)}, ${timeLeft(expiresAt, now)}`;
  switch (call) {
    case "reminded":
      return `⏰ ${reminded(request, now)}: ${what} still waits for you, ${until}.`;
    case "escalated": {
      const next = stageAt(approval, stage) ?? approval;
      return `📣 ${peopleNow(next, now)}: nobody decided ${what} in time. You may decide it now as well, ${until}.`;
    }
    case "handed-over": {
      const last = request.remarks.findLast(({ to }) => to !== null);
      const note = last === undefined || last.text === "" ? "" : `\n>${plain(last.text)}`;
      return `👉 ${person(last?.to ?? "unknown")}: ${person(last?.user ?? "unknown")} asks you to decide ${what}, ${until}.${note}`;
    }
    case "break-glass":
      return `🚨 <!channel> *Break-glass*: ${person(decidedBy ?? "unknown")} let ${what}, through alone.\n>${plain(decidedWhy ?? "")}\n${reviewers(request, now)} review it: was it right? ${code(`/approvals review ${id}`)}`;
    case "review-due": {
      const since = review === null ? "" : `, ${tellDuration(now - (request.decidedAt ?? now))} ago`;
      return `🚨 ${reviewers(request, now)}: nobody has reviewed yet that ${person(decidedBy ?? "unknown")} let ${what}, through alone${since}. ${code(`/approvals review ${id}`)}`;
    }
    case "reviewed":
      return `🔎 ${person(review?.by ?? "unknown")} reviewed the break-glass of ${what}: ${foundWords(review)}\n>${plain(review?.note ?? "")}`;
  }
}

/** Who it was handed to first, and alone for a while. */
function reminded(request: Request, now: number): string {
  const all = peopleNow(stillToApprove(request, now), now);
  const handed = handedOver(request);
  if (handed === null) return all;
  const first = `${person(handed.to)}, to whom it was handed`;
  return remindedAlone(request) ? first : `${first}, and ${all} as well`;
}

const reviewers = (request: Request, now: number) => peopleNow(reviewersOf(request).people, now);
