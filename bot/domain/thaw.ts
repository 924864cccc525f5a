import { whoMayDecide } from "./approval.ts";
import type { ManagedService } from "./managed-service.ts";
import { refuse, type Refusal } from "./refusal.ts";

/** Who wants a scope thawed, and by what may be told whether they may. */
export interface Thawing {
  user: string;
  /** The groups the user is a member of; null when the directory could not be read. */
  groups: string[] | null;
  /** The services in the scope. */
  services: Pick<ManagedService, "name" | "approval">[];
}

/**
 * null: this person may let automation go on. Anybody may stop it, which is safe; to start it again takes who may approve
 * renewals of every service in the scope, or an operator at the bot's own machine.
 */
export function thawObjection({ user, groups, services }: Thawing): Refusal | null {
  if (isOperator(user)) return null;
  for (const { name, approval } of services) {
    if (approval.users.includes(user)) continue;
    if (groups === null) {
      return refuse(
        "directory-unavailable",
        "The members of the approvers' groups could not be read, so nothing was thawed.",
        "Try again in a moment. If it stays so, look at the bot's log and its Slack scopes.",
      );
    }
    if (!approval.groups.some((group) => groups.includes(group))) {
      return refuse("not-approver", `You may not thaw ${name}.`, `Ask ${whoMayDecide(approval)}.`);
    }
  }
  return null;
}

const isOperator = (user: string) => user.startsWith("operator:");
