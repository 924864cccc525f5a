import { notAmong } from "./approval-policy.ts";
import type { ManagedService } from "./managed-service.ts";
import type { Refusal } from "./refusal.ts";

/** Who wants a scope thawed, and by what may be told whether they may. */
export interface Thawing {
  user: string;
  /** The groups the user is a member of; null when the directory could not be read. */
  groups: string[] | null;
  /** The services in the scope. */
  services: Pick<ManagedService, "name" | "approval">[];
  now: number;
}

/**
 * null: this person may let automation go on. Anybody may stop it, which is safe; to start it again takes who may approve
 * renewals of every service in the scope, or an operator at the bot's own machine.
 */
export function thawObjection({ user, groups, services, now }: Thawing): Refusal | null {
  if (isOperator(user)) return null;
  for (const { name, approval } of services) {
    const no = notAmong(approval, { user, groups, now, words: { mayNot: `thaw ${name}`, undone: "thawed" } });
    if (no !== null) return no;
  }
  return null;
}

const isOperator = (user: string) => user.startsWith("operator:");
