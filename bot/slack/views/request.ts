import { approversNeeded } from "../../domain/approval.ts";
import type { ApprovalPolicy } from "../../domain/managed-service.ts";
import type { Request } from "../../domain/request.ts";
import { actions, button, context, header, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import type { Drawn } from "./decision.ts";
import { drawFirewall } from "./firewall.ts";
import { drawIntention } from "./intention.ts";
import { drawRenewal } from "./renewal.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { approvers, code, person, time } from "./words.ts";

export const approveAction = "approve_request";
export const denyAction = "deny_request";

type Approvers = Pick<ApprovalPolicy, "users" | "groups">;

/**
 * The one message of a request, drawn from its row and from who may decide now: approval, then progress, then receipt.
 * It stands for hours, so its times are absolute.
 */
export function requestView(request: Request, mayDecide: Approvers): Message {
  const { title, said, proposal, inShort, receipt } = draw(request);
  const pending = request.state === "pending";
  return message(`${title}: ${withoutMarkup(said)}`, [
    header(title),
    section(said),
    ...(pending ? proposal : []),
    ...receipt,
    pending ? decide(request) : context(inShort),
    context(footer(request, mayDecide)),
  ]);
}

function draw(request: Request): Drawn {
  switch (request.kind) {
    case "renewal":
      return drawRenewal(request);
    case "intention":
      return drawIntention(request);
    case "firewall":
      return drawFirewall(request);
  }
}

/** For who clicked after somebody else had decided. */
export function alreadyDecidedView({ id, state, decidedBy, decidedAt }: Request): Message {
  const verdict = state === "denied" ? "denied" : "approved";
  const when = decidedAt === null ? "" : ` · ${time(decidedAt)}`;
  if (state === "void" && decidedBy === null) {
    return sentenceView(`${code(id)} is void: its plan moved before anybody decided it. Your click changed nothing.`);
  }
  return sentenceView(
    `${code(id)} was already ${verdict} by ${person(decidedBy ?? "somebody")}${when}. Your click changed nothing.`,
  );
}

function decide({ id }: Request): Block | null {
  return actions([button("Approve", approveAction, id, "primary"), button("Deny", denyAction, id, "danger")]);
}

function footer(request: Request, mayDecide: Approvers): string {
  const identity = `request ${code(request.id)} · plan ${code(request.planHash.slice(0, 12))}`;
  if (request.state !== "pending") return `${identity} · \`/cert trace ${request.id}\``;
  return `${whoDecides(request, approvers(mayDecide))} until ${time(request.expiresAt)}, not who asked · ${identity}`;
}

function whoDecides(request: Request, all: string): string {
  if (approversNeeded(request) === 1) return `${all} may decide`;
  const [first] = request.approvals;
  return first === undefined
    ? `It takes two: two of ${all} have to approve`
    : `Approved by ${person(first.user)}; one more has to, of ${all},`;
}
