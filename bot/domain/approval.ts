import type { FirewallPolicy } from "./firewall/policy.ts";
import { freezeOf, frozen, type FreezeInForce } from "./freeze.ts";
import type { ApprovalPolicy, ManagedService } from "./managed-service.ts";
import { isInMesh, type MeshPolicy } from "./mesh.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { about, type Request } from "./request.ts";

// People and groups are named by their Slack ids; the edge turns them into mentions.

export type Verdict = "approve" | "deny";

/** What a decision rests on, read at the moment of the click. */
export interface Ground {
  request: Request;
  /** As it is configured now; null when what the request is about no longer is. */
  approval: ApprovalPolicy | null;
  user: string;
  verdict: Verdict;
  /** The groups the user is a member of; null when the directory could not be read. */
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
}

/** Who may decide it now; null: what it is about is no longer in certops.yaml. */
export function approvalOf(request: Request, { services, mesh, firewall }: Configured): ApprovalPolicy | null {
  switch (request.kind) {
    case "renewal":
      return services.get(request.service)?.approval ?? null;
    case "intention":
      return mesh && isInMesh(mesh.policy, request.plan) ? mesh.policy.approval : null;
    case "firewall":
      return firewall?.policy.approval ?? null;
  }
}

/** How many different people have to approve it: what is for good takes two. */
export function approversNeeded(request: Pick<Request, "kind" | "plan">): 1 | 2 {
  return request.kind === "firewall" && "until" in request.plan && request.plan.until === null ? 2 : 1;
}

/** Whether this approval is not the last that it takes. */
export const takesMore = (request: Request): boolean => request.approvals.length + 1 < approversNeeded(request);

/** null: this person may decide this now. The request is pending. */
export function objection({ request, approval, user, verdict, groups, freezes, now }: Ground): Refusal | null {
  const freeze = freezeOf(freezes, about(request).services);
  if (now >= request.expiresAt) return expired(request);
  if (approval === null) {
    return refuse(
      "not-managed",
      `${about(request).subject} is no longer in certops.yaml, so nobody may decide ${request.id}.`,
      "Put it back, or let the request expire.",
    );
  }
  if (user === request.requester) {
    return refuse(
      "self-approval",
      `${request.id} is your own request: somebody else has to decide it.`,
      `Ask ${whoMayDecide(approval)}.`,
    );
  }
  const stranger = notAmong(approval, {
    user,
    groups,
    words: { mayNot: `decide requests for ${about(request).subject}`, undone: "decided" },
  });
  if (stranger !== null) return stranger;
  if (verdict === "approve" && request.approvals.some((one) => one.user === user)) {
    return refuse(
      "already-approved",
      `You have approved ${request.id} already, and it takes two.`,
      `Somebody else has to approve it as well: ask ${whoMayDecide(approval)}.`,
    );
  }
  return verdict === "approve" && freeze ? frozen(freeze) : null;
}

/**
 * null: this person is one of the approvers. `groups`: of which they are a member; null when the directory could not be
 * read. `words`: ends of "You may not …" and of "nothing was …".
 */
export function notAmong(
  approval: Pick<ApprovalPolicy, "users" | "groups">,
  { user, groups, words }: { user: string; groups: string[] | null; words: { mayNot: string; undone: string } },
): Refusal | null {
  if (approval.users.includes(user)) return null;
  if (groups === null) {
    return refuse(
      "directory-unavailable",
      `The members of the approvers' groups could not be read, so nothing was ${words.undone}.`,
      "Try again in a moment. If it stays so, look at the bot's log and its Slack scopes.",
    );
  }
  if (approval.groups.some((group) => groups.includes(group))) return null;
  return refuse("not-approver", `You may not ${words.mayNot}.`, `Ask ${whoMayDecide(approval)}.`);
}

export function expired(request: Request): Refusal {
  return refuse("expired", `${request.id} expired before anybody decided it.`, `Ask again: ${about(request).askAgain}`);
}

/** For example `U0BEN or a member of S0PLATFORM`. */
export function whoMayDecide({ users, groups }: Pick<ApprovalPolicy, "users" | "groups">): string {
  const all = [...users, ...groups.map((group) => `a member of ${group}`)];
  return all.length === 0 ? "whoever keeps certops.yaml: its approval role names nobody" : all.join(" or ");
}
