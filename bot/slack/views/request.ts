import type { types } from "@slack/bolt";
import { approversNeeded, deciders } from "../../domain/approval.ts";
import type { ApprovalPolicy } from "../../domain/approval-policy.ts";
import { inWords } from "../../domain/in-words.ts";
import type { Request } from "../../domain/request.ts";
import { takesPasskey } from "../../domain/step-up.ts";
import { button, context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import type { Drawn } from "./decision.ts";
import { drawEnrolment } from "./enrolment.ts";
import { drawFirewall } from "./firewall.ts";
import { drawIntention } from "./intention.ts";
import { drawRenewal } from "./renewal.ts";
import { drawRevocation } from "./revocation.ts";
import { moreMenu } from "./request-menu.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { exceptionBlocks, peopleNow, pendingBlocks, remarkBlocks } from "./standing-of.ts";
import { code, person, time } from "./words.ts";

export const approveAction = "approve_request";
export const denyAction = "deny_request";

/** `configured`: whether what it is about is in certops.yaml now. */
export interface DrawnAt {
  now: number;
  configured: boolean;
  /** The policy that certops.yaml has for it now: where that or the request's own says so, approving takes a passkey. */
  approval?: ApprovalPolicy | null;
}

/**
 * The one message of a request, drawn from its row: approval, then progress, then receipt. It stands for hours, so its times
 * are absolute, and what is left of one the reader's own client counts.
 */
export function requestView(request: Request, at: DrawnAt): Message {
  const { title, said, proposal, inShort, receipt } = draw(request);
  const pending = request.state === "pending";
  return message(`${title}: ${withoutMarkup(said)}`, [
    header(title),
    section(said),
    ...(pending ? [...proposal, ...pendingBlocks(request, at.now)] : exceptionBlocks(request)),
    ...receipt,
    ...(pending ? [decideBlock(request)] : [...remarkBlocks(request), context(inShort)]),
    context(footer(request, at)),
  ]);
}

/** What a person decides by, in the words of the message. */
export function draw(request: Request): Drawn {
  switch (request.kind) {
    case "renewal":
      return drawRenewal(request);
    case "intention":
      return drawIntention(request);
    case "firewall":
      return drawFirewall(request);
    case "revocation":
      return drawRevocation(request);
    case "enrolment":
      return drawEnrolment(request);
  }
}

/** For who clicked after somebody else had decided. */
export function alreadyDecidedView({ id, state, decidedBy, decidedAt }: Request): Message {
  const verdict = state === "denied" || state === "withdrawn" ? state : "approved";
  const when = decidedAt === null ? "" : ` · ${time(decidedAt)}`;
  if (state === "void" && decidedBy === null) {
    return sentenceView(`${code(id)} is void: its plan moved before anybody decided it. Your click changed nothing.`);
  }
  return sentenceView(
    `${code(id)} was already ${verdict} by ${person(decidedBy ?? "somebody")}${when}. Your click changed nothing.`,
  );
}

/** All that can be done with a request that waits. */
export function decideBlock(request: Request): types.ActionsBlock {
  const { id } = request;
  const buttons = [button("Approve", approveAction, id, "primary"), button("Deny", denyAction, id, "danger")];
  return { type: "actions", elements: [...buttons, moreMenu(request)] };
}

function footer(request: Request, at: DrawnAt): string {
  const identity = `request ${code(request.id)} · plan ${code(request.planHash.slice(0, 12))} · policy ${code(request.approval.name)}`;
  if (request.state !== "pending") return `${identity} · \`/cert trace ${request.id}\``;
  const own = request.approval.requesterCounts ? "also who asked" : "not who asked";
  return `${whoDecides(request, at)} until ${time(request.expiresAt)}, ${own}${howBesides(request, at)} · ${identity}`;
}

/** What approving takes beside the click, added to a line; empty: nothing. */
export const howBesides = (request: Request, { approval = null }: Pick<DrawnAt, "approval">): string =>
  takesPasskey(request, approval) ? " · 🔑 approving takes a passkey" : "";

/** Begins the sentence that says until when. */
export function whoDecides(request: Request, { now, configured }: DrawnAt): string {
  const all = configured ? peopleNow(deciders(request), now) : "nobody";
  const needed = approversNeeded(request);
  if (needed === 1) return `${all} may decide`;
  const given = request.approvals.map(({ user }) => person(user)).join(" and ");
  if (given === "") return `It takes ${inWords(needed)}: ${inWords(needed)} of ${all} have to approve`;
  const more = needed - request.approvals.length;
  return `Approved by ${given}; ${inWords(more)} more ${more === 1 ? "has" : "have"} to, of ${all},`;
}
