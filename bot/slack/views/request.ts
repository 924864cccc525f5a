import type { ApprovalPolicy } from "../../domain/managed-service.ts";
import type { RenewalRequest } from "../../domain/renewal.ts";
import { actions, button, context, divider, fields, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { receiptBlocks } from "./receipt.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { approvers, code, count, list, person, plain, shortSerial, time } from "./words.ts";

export const approveAction = "approve_request";
export const denyAction = "deny_request";

type Approvers = Pick<ApprovalPolicy, "users" | "groups">;

/**
 * The one message of a request, drawn from its row and from who may decide now: approval, then progress, then receipt.
 * It stands for hours, so its times are absolute.
 */
export function requestView(request: RenewalRequest, mayDecide: Approvers): Message {
  const { title, said } = looks(request);
  return message(`${title}: ${withoutMarkup(said)}`, [
    header(title),
    section(said),
    ...(request.state === "pending" ? proposal(request) : []),
    ...(request.receipt === null ? [] : receiptBlocks(request.receipt)),
    ...(request.state === "pending" ? [decide(request)] : [planInShort(request)]),
    context(footer(request, mayDecide)),
  ]);
}

/** For who clicked after somebody else had decided. */
export function alreadyDecidedView({ id, state, decidedBy, decidedAt }: RenewalRequest): Message {
  const verdict = state === "denied" ? "denied" : "approved";
  const when = decidedAt === null ? "" : ` · ${time(decidedAt)}`;
  if (state === "void" && decidedBy === null) {
    return sentenceView(`${code(id)} is void: its plan moved before anybody decided it. Your click changed nothing.`);
  }
  return sentenceView(
    `${code(id)} was already ${verdict} by ${person(decidedBy ?? "somebody")}${when}. Your click changed nothing.`,
  );
}

function looks(request: RenewalRequest): { title: string; said: string } {
  const { service, state } = request;
  const asked = `Asked by ${person(request.requester)}: ${plain(request.reason)}`;
  const decided = `by ${person(request.decidedBy ?? "unknown")}${request.decidedAt === null ? "" : ` · ${time(request.decidedAt)}`}`;
  const problem = request.receipt?.problem ? `\n>${plain(request.receipt.problem)}` : "";
  const voided = request.decidedBy === null ? `asked for.${problem}` : `approved.${problem}\nApproved ${decided}`;
  const servedLateAt = request.receipt?.servedLateAt;
  const late =
    servedLateAt === undefined
      ? "It stays written: whoever comes back serves it."
      : `✅ Now served by all since ${time(servedLateAt)}.`;
  switch (state) {
    case "pending":
      return {
        title: `🔏 Renew ${service}?`,
        said: `${person(request.requester)} asks to renew *${plain(service)}*\n>${plain(request.reason)}`,
      };
    case "approved":
      return {
        title: `⏳ Renewing ${service}`,
        said: `Approved ${decided}\n${asked}\nWriting the new generation, then proving it on the wire.`,
      };
    case "denied":
      return { title: `✋ Renewal of ${service} denied`, said: `Denied ${decided}\n${asked}\nNothing was written.` };
    case "expired":
      return {
        title: `⌛ Renewal of ${service} expired`,
        said: `Nobody decided before ${time(request.expiresAt)}\n${asked}\nNothing was written. Ask again with \`/cert renew ${plain(service)}\`.`,
      };
    case "deployed":
      return {
        title: `✅ ${service} renewed`,
        said: `Every instance serves the new certificate.\nApproved ${decided}\n${asked}`,
      };
    case "not-served":
      return {
        title: `🚨 ${service}: written, not served`,
        said: `The generation was written, yet not every instance served it in time.${problem}\n${late}\nApproved ${decided}\n${asked}\nAsk \`/cert why ${plain(service)}\`.`,
      };
    case "failed":
      return {
        title: `❌ Renewal of ${service} failed`,
        said: `It did not come to its end.${problem}\nApproved ${decided}\n${asked}\nAsk again with \`/cert renew ${plain(service)}\`.`,
      };
    case "void":
      return {
        title: `🚫 Renewal of ${service} void`,
        said: `The plan is no longer the one that was ${voided}\n${asked}\nNothing was written. Ask again with \`/cert renew ${plain(service)}\`.`,
      };
  }
}

/** What will happen and what is served now: everything to decide by, before the click. */
function proposal({ plan, evidence }: RenewalRequest): Block[] {
  return [
    divider,
    fields([
      ["Names", list(plan.names)],
      ["Issuer", code(`${plan.issuer.mount}/${plan.issuer.role}`)],
      ["Lifetime", plain(plan.ttl)],
      ["Key", plain(plan.key)],
      ["Deployed by", `${plan.deployment.kind} · ${code(`${plan.deployment.mount}/${plan.deployment.path}`)}`],
      [
        "Rollout",
        plan.rollout === "all"
          ? `all ${count(plan.instances.length, "instance")} at once`
          : "one instance first, the rest when it serves",
      ],
    ]),
    section(`*Served now*\n${lines(evidence.map(served), 20)}`),
  ];
}

function served({ instance, serial, generation, notAfter }: RenewalRequest["evidence"][number]): string {
  if (serial === null) return `• ${code(instance)}  ❔ not seen`;
  return `• ${code(instance)}  ${shortSerial(serial)}  ${generation === null ? "no generation" : code(generation)}${notAfter === null ? "" : `  until ${time(notAfter)}`}`;
}

function decide(request: RenewalRequest): Block | null {
  return actions([
    button("Approve", approveAction, request.id, "primary"),
    button("Deny", denyAction, request.id, "danger"),
  ]);
}

function planInShort({ plan }: RenewalRequest): Block {
  return context(
    `${list(plan.names)} · ${code(`${plan.issuer.mount}/${plan.issuer.role}`)} · ${plain(plan.ttl)} · ${plain(plan.key)} · ${list(plan.instances)}`,
  );
}

function footer(request: RenewalRequest, mayDecide: Approvers): string {
  const identity = `request ${code(request.id)} · plan ${code(request.planHash.slice(0, 12))}`;
  if (request.state !== "pending") return `${identity} · \`/cert trace ${request.id}\``;
  return `${approvers(mayDecide)} may decide until ${time(request.expiresAt)}, not who asked · ${identity}`;
}
