import { type ApprovalPolicy, decidersAt, notAmong, whoTheyAre } from "./approval-policy.ts";
import type { Asked } from "./asked.ts";
import type { FirewallPolicy } from "./firewall/policy.ts";
import { freezeOf, frozen, type FreezeInForce } from "./freeze.ts";
import { reminderAt } from "./handed-over.ts";
import { inWords } from "./in-words.ts";
import type { ManagedService } from "./managed-service.ts";
import { isInMesh, type MeshPolicy } from "./mesh.ts";
import { enrolmentApproval, type PasskeyPolicy } from "./passkey.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { about, type Request } from "./request.ts";

// People and groups are named by their Slack ids; the edge turns them into mentions.

/** `withdraw`: who asked no longer wants it. `break-glass`: one person lets it through alone. */
export type Verdict = "approve" | "deny" | "withdraw" | "break-glass";

/** What a decision rests on, read at the moment of the click. */
export interface Ground {
  /** Pending, and no deadline of its stage has passed: `timeTurn` has nothing to say. */
  request: Request;
  /** Whether what the request is about is still in certops.yaml. */
  configured: boolean;
  user: string;
  verdict: Verdict;
  reason: string;
  /** The groups the user is a member of now; null when the directory could not be read. */
  groups: string[] | null;
  freezes: FreezeInForce[];
  now: number;
}

/** What may be asked for, as certops.yaml has it now. */
export interface Configured {
  services: ReadonlyMap<string, Pick<ManagedService, "approval">>;
  /** null where it has no mesh. */
  mesh: { policy: MeshPolicy } | null;
  /** null where it has no firewall. */
  firewall: { policy: FirewallPolicy } | null;
  /** null or left out where it has none. */
  passkeys?: { policy: PasskeyPolicy } | null;
}

/** The policy that certops.yaml has for it now; null: what it is about is not there any more. */
export function approvalOf(
  request: Request,
  { services, mesh, firewall, passkeys }: Configured,
): ApprovalPolicy | null {
  switch (request.kind) {
    case "renewal":
      return services.get(request.service)?.approval ?? null;
    case "intention":
      return mesh !== null && isInMesh(mesh.policy, request.plan) ? mesh.policy.approval : null;
    case "firewall":
      return firewall?.policy.approval ?? null;
    case "revocation":
      return services.get(request.plan.renewal.service)?.approval ?? null;
    case "enrolment":
      return passkeys ? enrolmentApproval(passkeys.policy) : null;
  }
}

/** Whether what it is about is in certops.yaml now. */
export const isConfigured = (request: Request, configured: Configured): boolean =>
  approvalOf(request, configured) !== null;

/** What is decided of a request, and no more: its plan and its policy never change. */
export type Decision = Pick<
  Asked<string, unknown, unknown, unknown, never>,
  "state" | "approvals" | "stage" | "remindedAt" | "expiresAt" | "decidedBy" | "decidedAt" | "decidedWhy" | "review"
>;

/** What an act, or time, makes of a pending request. */
export interface Turn {
  news: "approved-in-part" | "approved" | "denied" | "withdrawn" | "escalated" | "reminded" | "expired";
  change: Partial<Decision>;
  /** Whether its work begins. */
  effect: boolean;
  /** What the audit log keeps of it. */
  detail: Record<string, unknown>;
}

/** How many different people have to approve it: what is for good takes two at least. */
export function approversNeeded({ kind, plan, approval }: Pick<Request, "kind" | "plan" | "approval">): number {
  const forGood = kind === "firewall" && "until" in plan && plan.until === null;
  return Math.max(approval.needed, forGood ? 2 : 1);
}

/** How many of them have not yet. */
export const approversMissing = (request: Pick<Request, "kind" | "plan" | "approval" | "approvals">): number =>
  approversNeeded(request) - request.approvals.length;

/** Who may decide it now: its stage's people and those before them. */
export const deciders = ({ approval, stage }: Pick<Request, "approval" | "stage">) => decidersAt(approval, stage);

/** Whether it may be decided by who asked for it. */
const isOwn = ({ requester, approval }: Request, user: string) => requester === user && !approval.requesterCounts;

/** null: this person may decide this now. */
export function objection(ground: Ground): Refusal | null {
  const { request, configured, user, verdict, reason, groups, freezes, now } = ground;
  const { id } = request;
  const { subject, services } = about(request);
  if (now >= request.expiresAt) return expired(request);
  if (verdict === "withdraw") return user === request.requester ? null : notYours(request);
  if (!configured) {
    return refuse(
      "not-managed",
      `${subject} is no longer in certops.yaml, so nobody may decide ${id}.`,
      "Put it back, or let the request expire.",
    );
  }
  const freeze = freezeOf(freezes, services);
  const wordless = verdict !== "approve" && reason.trim() === "" ? reasonMissing(verdict, id) : null;
  if (verdict === "break-glass") return glassObjection(ground) ?? (freeze ? frozen(freeze) : wordless);
  const all = deciders(request);
  if (isOwn(request, user)) {
    return refuse(
      "self-approval",
      `${id} is your own request: somebody else has to decide it.`,
      verdict === "approve" ? `Ask ${whoTheyAre(all, now)}.` : `To take it back: /approvals withdraw ${id}`,
    );
  }
  const stranger = notAmong(all, {
    user,
    groups,
    now,
    words: { mayNot: `decide requests for ${subject}`, undone: "decided" },
  });
  if (stranger !== null) return stranger;
  if (verdict === "approve" && request.approvals.some((one) => one.user === user)) {
    return refuse(
      "already-approved",
      `You have approved ${id} already, and it takes ${inWords(approversNeeded(request))}.`,
      `Somebody else has to approve it as well: ask ${whoTheyAre(all, now)}.`,
    );
  }
  return verdict === "approve" && freeze ? frozen(freeze) : wordless;
}

/** What the verdict makes of the request. Nothing is objected to it. */
export function turnBy({ request, user, verdict, reason, now }: Ground): Turn {
  const { planHash } = request;
  // Who breaks the glass may have approved before: one person stands there once.
  const alone = verdict === "break-glass" && ({ alone: true } as const);
  const approvals = [...request.approvals.filter((one) => one.user !== user), { user, at: now, ...alone }];
  const decided = { decidedBy: user, decidedAt: now };
  switch (verdict) {
    case "approve": {
      const needed = approversNeeded(request);
      if (approvals.length < needed)
        return { news: "approved-in-part", change: { approvals }, effect: false, detail: { planHash, needed } };
      return {
        news: "approved",
        change: { state: "approved", approvals, ...decided },
        effect: true,
        detail: { planHash },
      };
    }
    case "break-glass":
      return {
        news: "approved",
        change: {
          state: "approved",
          approvals,
          ...decided,
          decidedWhy: reason,
          review: { by: null, at: null, verdict: null, note: "", askedAt: now },
        },
        effect: true,
        detail: { planHash, reason, breakGlass: true },
      };
    case "deny":
    case "withdraw": {
      const state = verdict === "deny" ? "denied" : "withdrawn";
      return {
        news: state,
        change: { state, ...decided, decidedWhy: reason.trim() || null },
        effect: false,
        detail: { planHash, ...(reason.trim() && { reason }) },
      };
    }
  }
}

/** What time alone makes of a pending request now; null: nothing yet. */
export function timeTurn(request: Request, now: number): Turn | null {
  const { approval, stage, expiresAt } = request;
  if (request.state !== "pending") return null;
  if (now >= expiresAt) {
    const next = approval.escalation[stage];
    if (next === undefined)
      return { news: "expired", change: { state: "expired" }, effect: false, detail: { expiresAt } };
    // From now on, and not from the deadline: who is asked late, after a bot that was down, has all of the time.
    const until = now + next.deadlineMs;
    const change = { stage: stage + 1, remindedAt: null, expiresAt: until };
    return { news: "escalated", change, effect: false, detail: { stage: stage + 1, expiresAt: until } };
  }
  const due = reminderAt(request);
  if (due === null || now < due) return null;
  return { news: "reminded", change: { remindedAt: now }, effect: false, detail: { expiresAt } };
}

function glassObjection({ request, user, groups, now }: Ground): Refusal | null {
  const { approval, id } = request;
  const { subject } = about(request);
  if (approval.breakGlass === null) {
    return refuse(
      "no-break-glass",
      `Nobody may let ${id} through alone: the policy ${approval.name} has no break-glass.`,
      `It is decided by ${whoTheyAre(deciders(request), now)}.`,
    );
  }
  const words = { mayNot: `break the glass for ${subject}`, undone: "decided" };
  return notAmong(approval.breakGlass, { user, groups, now, words });
}

const notYours = ({ id, requester }: Request) =>
  refuse(
    "not-requester",
    `${id} was asked for by ${requester}: only they can take it back.`,
    "Who may decide it can deny it.",
  );

const reasonMissing = (verdict: "deny" | "break-glass", id: string) =>
  refuse(
    "reason-missing",
    verdict === "deny" ? "A denial needs a reason: whoever asked will want to know." : "Break-glass needs a reason.",
    `/approvals ${verdict} ${id} <reason>`,
  );

export function expired(request: Request): Refusal {
  return refuse("expired", `${request.id} expired before anybody decided it.`, `Ask again: ${about(request).askAgain}`);
}

/** Why an approved request must not begin any more: its approval is not for ever. null: it may. */
export function lapsed(request: Request, now: number): string | null {
  const { approval, decidedAt, plan } = request;
  // What keeps rules as they were approved, earlier approvals cover.
  if (decidedAt === null || (request.kind === "firewall" && request.requester === "certops")) return null;
  const startsAt = "startsAt" in plan ? (plan.startsAt ?? 0) : 0;
  if (now < Math.max(decidedAt, startsAt) + approval.validMs) return null;
  return "Its work did not begin in time: the approval had lapsed.";
}
