import type { RevokedSerials, RevokedBy } from "../../domain/revocation/revoked-by.ts";
import { code, person, plain, shortSerial, time } from "./words.ts";

/** By whom, why and with whose approval each of these was revoked, a line each. */
export const revokedLines = (revocations: RevokedSerials): string[] =>
  Object.entries(revocations).map(([serial, by]) => `${shortSerial(serial)} ${by === null ? elsewhere : said(by)}`);

const elsewhere =
  "was revoked by no request of certops: in Vault itself, or longer ago than certops remembers. Vault's audit log knows by whom.";

function said({ request, requester, reason, why, approvedBy, at }: RevokedBy): string {
  const approved = approvedBy.length === 0 ? "" : `, approved by ${approvedBy.map(person).join(" and ")}`;
  return `was revoked ${time(at)} by ${code(request)} (${plain(reason)}), asked for by ${person(requester)}${approved}: ${plain(why)}`;
}
