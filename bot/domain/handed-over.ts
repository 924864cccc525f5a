import type { Remark } from "./asked.ts";
import type { Request } from "./request.ts";

export interface HandedOver {
  by: string;
  to: string;
  at: number;
}

/** Who was asked last, by name, to decide it; null: nobody, or they have approved it since. */
export function handedOver({ remarks, approvals }: Pick<Request, "remarks" | "approvals">): HandedOver | null {
  const last = remarks.findLast((one): one is Remark & { to: string } => one.to !== null);
  if (last === undefined || approvals.some(({ user }) => user === last.to)) return null;
  return { by: last.user, to: last.to, at: last.at };
}

/** When the others are reminded as well, where it was handed over: half of the time that is left then has passed. */
const othersAt = ({ approval, expiresAt }: Pick<Request, "approval" | "expiresAt">) =>
  expiresAt - (approval.remindMs ?? 0) / 2;

/** When somebody is to be reminded of this stage's deadline; null: nobody any more. Who it was handed to comes first, alone. */
export function reminderAt(
  request: Pick<Request, "approval" | "expiresAt" | "remindedAt" | "remarks" | "approvals">,
): number | null {
  const { approval, expiresAt, remindedAt } = request;
  if (approval.remindMs === null) return null;
  if (remindedAt === null) return expiresAt - approval.remindMs;
  return handedOver(request) !== null && remindedAt < othersAt(request) ? othersAt(request) : null;
}

/** Whether the reminder that was given last was for who it was handed to alone. */
export const remindedAlone = (request: Pick<Request, "approval" | "expiresAt" | "remindedAt">): boolean =>
  request.remindedAt !== null && request.remindedAt < othersAt(request);
