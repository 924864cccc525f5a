import { freezeOf, frozen, type FreezeInForce } from "./freeze.ts";
import type { ManagedService } from "./managed-service.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { RenewalRequest } from "./renewal.ts";

// People and groups are named by their Slack ids; the edge turns them into mentions.

export type Verdict = "approve" | "deny";

/** What a decision rests on, read at the moment of the click. */
export interface Ground {
  request: RenewalRequest;
  /** As it is configured now; undefined when it no longer is. */
  service: ManagedService | undefined;
  user: string;
  verdict: Verdict;
  /** The groups the user is a member of; null when the directory could not be read. */
  groups: string[] | null;
  freezes: FreezeInForce[];
  now: number;
}

/** null: this person may decide this now. The request is pending. */
export function objection({ request, service, user, verdict, groups, freezes, now }: Ground): Refusal | null {
  const freeze = freezeOf(freezes, request.service);
  if (now >= request.expiresAt) return expired(request);
  if (!service) {
    return refuse(
      "not-managed",
      `${request.service} is no longer in certops.yaml, so nobody may decide ${request.id}.`,
      "Put the service back, or let the request expire.",
    );
  }
  const { approval } = service;
  if (user === request.requester) {
    return refuse(
      "self-approval",
      `${request.id} is your own request: somebody else has to decide it.`,
      `Ask ${whoMayDecide(approval)}.`,
    );
  }
  if (!approval.users.includes(user)) {
    if (groups === null) {
      return refuse(
        "directory-unavailable",
        "The members of the approvers' groups could not be read, so nothing was decided.",
        "Try again in a moment. If it stays so, look at the bot's log and its Slack scopes.",
      );
    }
    if (!approval.groups.some((group) => groups.includes(group))) {
      return refuse(
        "not-approver",
        `You may not decide requests for ${request.service}.`,
        `Ask ${whoMayDecide(approval)}.`,
      );
    }
  }
  return verdict === "approve" && freeze ? frozen(freeze, request.service) : null;
}

export function expired(request: RenewalRequest): Refusal {
  return refuse(
    "expired",
    `${request.id} expired before anybody decided it.`,
    `Ask again: /cert renew ${request.service}`,
  );
}

/** For example `U0BEN or a member of S0PLATFORM`. */
export function whoMayDecide({ users, groups }: RenewalRequest["approval"]): string {
  const all = [...users, ...groups.map((group) => `a member of ${group}`)];
  return all.length === 0 ? "whoever keeps certops.yaml: its approval role names nobody" : all.join(" or ");
}
