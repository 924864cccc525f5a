import type { Revoking } from "../../domain/revocation/revoking.ts";
import type { Clock, Revocations } from "../ports.ts";
import { type Attempt, type Written, writeUntil } from "../write-until.ts";

export interface RevokeNeeds {
  revocations: Revocations;
  clock: Clock;
}

interface What {
  mount: string;
  serials: string[];
  deadline: number;
}

const hopeless = ["vault-refused", "vault-odd"];

/**
 * Revokes them one by one; doing it again changes nothing. `problem`: why it stopped before the last one.
 * null: the signal came first.
 */
export async function revokeAll(
  { revocations, clock }: RevokeNeeds,
  { mount, serials, deadline }: What,
  signal: AbortSignal,
): Promise<{ revoked: Revoking["revoked"]; at: number; problem: string | null } | null> {
  const revoked: Revoking["revoked"] = {};
  for (const serial of serials) {
    const attempt = async (): Promise<Attempt> => {
      revoked[serial] = await revocations.revoke(mount, serial);
      return "written";
    };
    const came = await writeUntil({ deadline, hopeless, clock }, attempt, signal);
    if (came === null) return null;
    if ("problem" in came) return { revoked, at: clock(), problem: `${serial} could not be revoked: ${came.problem}` };
  }
  return { revoked, at: clock(), problem: null };
}

/** Has Vault make its list anew until the list names them. null: the signal came first. */
export function listRevoked(
  { revocations, clock }: RevokeNeeds,
  { mount, serials, deadline }: What,
  signal: AbortSignal,
): Promise<Written | null> {
  const attempt = async (): Promise<Attempt> => {
    await revocations.rebuild(mount);
    const listed = await revocations.listed(mount);
    const missing = serials.filter((serial) => !listed.has(serial));
    return missing.length === 0 ? "written" : { lost: `Vault's list does not name ${missing.join(", ")} yet.` };
  };
  return writeUntil({ deadline, hopeless, clock }, attempt, signal);
}
