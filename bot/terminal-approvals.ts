import { approversMissing } from "./domain/approval.ts";
import { stillToApprove } from "./domain/missing-approvers.ts";
import { whoTheyAre } from "./domain/approval-policy.ts";
import { tellDuration } from "./domain/duration.ts";
import { about, type Request } from "./domain/request.ts";
import type { Outcome } from "./operations/command.ts";
import type { OpenRequests } from "./operations/list-approvals.ts";
import type { Paint } from "./terminal.ts";

/** What waits, runs, or is to be reviewed. */
export function approvalsText({ pending, running, toReview }: OpenRequests, now: number, paint: Paint): string {
  if (pending.length + running.length + toReview.length === 0) return "Nobody waits for a decision.";
  return [
    ...pending.map(({ request }) => pendingText(request, now, paint)),
    ...running.map(
      (request) => `${paint("bold", request.id)}  ${about(request).does}, approved by ${request.decidedBy}`,
    ),
    ...toReview.map(({ id, decidedBy, decidedWhy }) =>
      paint("yellow", `${id}  let through alone by ${decidedBy}, and to be reviewed: ${decidedWhy}`),
    ),
  ].join("\n");
}

function pendingText(request: Request, now: number, paint: Paint): string {
  const { id, requester, approvals, expiresAt, reason } = request;
  const given = approvals.length === 0 ? "" : `, approved by ${approvals.map(({ user }) => user).join(" and ")}`;
  const missing = approversMissing(request);
  return [
    `${paint("bold", id)}  asks for ${about(request).asksFor}`,
    `  ${requester}: ${reason}`,
    `  ${missing} missing: ${whoTheyAre(stillToApprove(request, now), now)}${given}; ${tellDuration(expiresAt - now)} left`,
  ].join("\n");
}

const done = {
  deny: "denied",
  withdraw: "withdrawn",
  "break-glass": "let through alone",
  comment: "commented",
  "hand-over": "handed over",
  review: "reviewed",
} as const;

export const actedText = ({ form, request }: Extract<Outcome, { kind: "acted" }>): string =>
  `${request.id} is ${done[form]}.`;
