import type { PeerRefusal } from "../peer-refusal.ts";
import type { RevocationReceipt } from "./receipt.ts";

/** Somebody still shows a revoked certificate. */
export interface TurnedAway {
  /** Where they were turned away. */
  endpoint: string;
  address: string;
  /** null: the instance refused it before it could tell which. */
  serial: string | null;
  /** The first time that is known. */
  at: number;
}

/** So long after a revocation it is looked who comes with an old pair. */
const lookedMs = 86_400_000;
const keptAtMost = 20;

/** When its certificates were revoked, while it is looked who still comes with one; null: nothing was, or it is long ago. */
export function lookedSince({ steps, serials }: RevocationReceipt, now: number): number | null {
  const at = steps.find(({ name }) => name === "revoked in Vault")?.at;
  const any = serials.some(({ outcome }) => outcome === "revoked");
  return at === undefined || !any || now - at > lookedMs ? null : at;
}

/** Those who came since then and are not known yet, each once for a place and a certificate. */
export function newlyTurnedAway(
  { serials, turnedAway: known = [] }: RevocationReceipt,
  told: { endpoint: string; refusals: PeerRefusal[] }[],
  since: number,
): TurnedAway[] {
  const gone = new Set(serials.flatMap(({ serial, outcome }) => (outcome === "revoked" ? serial : [])));
  const met = new Map(known.map((one) => [keyOf(one), one]));
  const fresh: TurnedAway[] = [];
  for (const { endpoint, refusals } of told) {
    for (const { at, code, peerAddress, certificate } of refusals) {
      const serial = certificate?.serial ?? null;
      if (at < since || code !== "CERT_REVOKED" || (serial !== null && !gone.has(serial))) continue;
      const one = { endpoint, address: peerAddress, serial, at };
      if (met.has(keyOf(one))) continue;
      met.set(keyOf(one), one);
      fresh.push(one);
    }
  }
  return fresh.slice(0, Math.max(0, keptAtMost - known.length));
}

const keyOf = ({ endpoint, address, serial }: TurnedAway) => `${endpoint} ${address} ${serial ?? ""}`;
