import type { RevocationReason } from "./reason.ts";
import type { RevocationRequest } from "./revocation-request.ts";
import { takenBack } from "./revoking.ts";

/** The revocation that took a certificate back: who asked for it and why, and who approved it. */
export interface RevokedBy {
  request: string;
  requester: string;
  reason: RevocationReason;
  /** In the requester's own words. */
  why: string;
  approvedBy: string[];
  /** When it was revoked; of one that is still at work, when it was approved. */
  at: number;
}

/** By serial; null: no request of ours revoked it. JSON, as a terminal is given it. */
export type RevokedSerials = Record<string, RevokedBy | null>;

/** The code of a handshake in which either side's certificate was refused as revoked. */
export const isRevokedCode = (code: string | null): boolean => /(?:^|_)CERT(?:IFICATE)?_REVOKED$/.test(code ?? "");

/** What took each of these back. `revocations`: the latest first; also those at work, whose list may be out already. */
export function revokedBy(serials: string[], revocations: RevocationRequest[]): RevokedSerials {
  const gone = takenBack(revocations);
  return Object.fromEntries(
    serials.map((serial) => {
      const by = gone.get(serial)?.request;
      const found = revocations.find(
        ({ id, state, plan }) => id === by || (state === "approved" && plan.serials.includes(serial)),
      );
      return [serial, found === undefined ? null : told(found, gone.get(serial)?.at)];
    }),
  );
}

function told(request: RevocationRequest, revokedAt: number | undefined): RevokedBy {
  const { id, requester, plan, reason, approvals, decidedAt, createdAt } = request;
  return {
    request: id,
    requester,
    reason: plan.reason,
    why: reason,
    approvedBy: approvals.map(({ user }) => user),
    at: revokedAt ?? decidedAt ?? createdAt,
  };
}
