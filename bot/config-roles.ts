import type { ConfigProblem } from "./config-problems.ts";
import type { ConfigFile } from "./config-schema.ts";
import type { ApprovalPolicy } from "./domain/managed-service.ts";
import { nearest } from "./domain/nearest.ts";

/** A role that an approval names has to be among the roles. `path`: where it is named. */
export function checkRole({ roles }: ConfigFile, role: string, path: ConfigProblem["path"]): ConfigProblem[] {
  if (role in roles) return [];
  const meant = nearest(role, Object.keys(roles));
  const hint = meant === null ? `roles has ${Object.keys(roles).join(", ") || "none"}` : `did you mean ${meant}?`;
  return [{ path, sentence: `no role ${role} under roles: ${hint}` }];
}

/** Who approves, by the role that is named. */
export function approvalBy({ roles }: ConfigFile, approval: { role: string; deadline: number }): ApprovalPolicy {
  return { users: [], groups: [], ...roles[approval.role], deadlineMs: approval.deadline };
}
