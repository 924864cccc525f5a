import { approversMissing } from "../../domain/approval.ts";
import { stillToApprove } from "../../domain/missing-approvers.ts";
import { about, type Request } from "../../domain/request.ts";
import type { OpenRequests } from "../../operations/list-approvals.ts";
import type { Outcome } from "../../operations/command.ts";
import type { RequestForm } from "../../operations/delivered.ts";
import { verbs } from "../../operations/verbs.ts";
import { actions, button, divider, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { decideBlock, howBesides } from "./request.ts";
import { handedText, named, peopleNow, reviewAction, toReviewText } from "./standing-of.ts";
import { sentenceView } from "./sentence.ts";
import { code, count, person, plain, time, timeLeft } from "./words.ts";

/** So many fit with their buttons; a list that long is worked off from its top. */
const mostWithButtons = 10;

/** What is open, as one person sees it: theirs to decide with buttons, what waits for others, what runs. */
export function approvalsView({ pending, running, toReview }: OpenRequests, now: number): Message {
  const yours = pending.filter(({ turn }) => turn === "you");
  const others = pending.filter(({ turn }) => turn !== "you");
  const waiting =
    pending.length === 0 ? "Nobody waits for a decision." : `${count(pending.length, "request")} to decide`;
  const said = `${waiting}${pending.length === 0 ? "" : `, ${yours.length} of them by you`}`;
  const shown = (all: OpenRequests["pending"]) => all.slice(0, mostWithButtons);
  return message(said, [
    header("Open requests"),
    section(said),
    ...shown(yours).flatMap(({ request }) => [divider, section(pendingText(request, now)), decideBlock(request)]),
    ...(others.length === 0 ? [] : [divider, section("*Waiting for others*")]),
    ...shown(others).map(({ request, turn }) =>
      section(
        `${pendingText(request, now)}${turn === "yours" ? `\nYours: ${code(`/approvals withdraw ${request.id}`)}` : ""}`,
      ),
    ),
    ...left(Math.max(0, yours.length - mostWithButtons) + Math.max(0, others.length - mostWithButtons)),
    ...(running.length === 0 ? [] : [divider, section(`*Under way*\n${lines(running.map(runningText), 10)}`)]),
    ...toReview.slice(0, 5).flatMap((request) => [divider, section(toReviewText(request)), reviewButton(request)]),
  ]);
}

function pendingText(request: Request, now: number): string {
  const { id, requester, approvals, expiresAt, reason } = request;
  const missing = approversMissing(request);
  const given =
    approvals.length === 0 ? "" : ` · approved by ${approvals.map(({ user }) => person(user)).join(" and ")}`;
  const handed = handedText(request);
  return [
    `🔏 ${named(id, about(request).asksFor)}`,
    `${person(requester)}: ${plain(reason)}`,
    `${missing} of ${peopleNow(stillToApprove(request, now), now)} missing${given} · until ${time(expiresAt)}, ${timeLeft(expiresAt, now)}${howBesides(request, {})}`,
    ...(handed === null ? [] : [`Handed over ${handed}`]),
  ].join("\n");
}

const left = (more: number): Block[] => (more === 0 ? [] : [section(`_…and ${count(more, "request")} more_`)]);

const runningText = (request: Request) =>
  `⏳ ${code(request.id)} ${plain(about(request).does)}, approved by ${person(request.decidedBy ?? "unknown")}`;

const reviewButton = ({ id }: Request) => actions([button("Review", reviewAction, id, "primary")]);

/** That what was asked of a request is done: to who asked alone, for its message shows it to all. */
export function actedView({ form, request }: Extract<Outcome, { kind: "acted" }>): Message {
  const what = named(request.id, about(request).asksFor);
  const done: Record<RequestForm["form"], string> = {
    deny: `✋ You denied ${what}.`,
    withdraw: `↩️ You withdrew ${what}.`,
    "break-glass": `🚨 You let ${what}, through alone. The channel is told, and somebody else reviews it.`,
    comment: `💬 Your comment stands with ${what}.`,
    "hand-over": `👉 ${person(request.remarks.at(-1)?.to ?? "unknown")} is asked to decide ${what}.`,
    review: `🔎 Your review stands with ${what}.`,
  };
  return sentenceView(done[form]);
}

/** That an approval was taken, where the message that shows it is not in sight. */
export function approvedView(request: Request): Message {
  const more = approversMissing(request);
  const rest = request.state === "pending" && more > 0 ? ` ${more} more to go.` : "";
  return sentenceView(`✅ You approved ${named(request.id, about(request).asksFor)}.${rest}`);
}

/** Where a form cannot be opened: Slack gives three seconds for it. */
export function lateFormView(form: RequestForm["form"], id: string): Message {
  const { usage } = verbs["/approvals"][form];
  const [, ...rest] = usage.replace("<request>", id).split(" ");
  return sentenceView(
    `⌛ The form could not be opened in time. Click once more, or in one line: ${code(`/approvals ${form} ${rest.join(" ")}`)}`,
  );
}
