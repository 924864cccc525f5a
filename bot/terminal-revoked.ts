import type { RevokedSerials } from "./domain/revocation/revoked-by.ts";
import type { Paint } from "./terminal.ts";

/** By whom, why and with whose approval each of these was revoked. */
export const revokedText = (revocations: RevokedSerials = {}, paint: Paint): string[] =>
  Object.entries(revocations).map(([serial, by]) =>
    by === null
      ? `  ${serial} was revoked by no request of certops`
      : `  ${serial} was revoked by ${paint("bold", by.request)} (${by.reason}), asked for by ${by.requester}, approved by ${by.approvedBy.join(" and ") || "nobody"}: ${by.why}`,
  );
