import type { Certificate } from "./certificate.ts";

/** What certops itself stands on: when one of these ends, everything above it does. */
export interface Ground {
  name: GroundName;
  /** null where it is no certificate, or could not be read. */
  certificate: Certificate | null;
  notBefore: number | null;
  /** Its end; a revocation list's nextUpdate. null: it has none, or could not be read. */
  notAfter: number | null;
  /** One sentence when it could not be read: then nothing is known about it. */
  problem: string | null;
  /** When it was looked at. */
  at: number;
}

export type GroundName =
  | "root"
  | "intermediate"
  | "root's revocation list"
  | "intermediate's revocation list"
  | "certops' own certificate"
  | "certops' own token";
