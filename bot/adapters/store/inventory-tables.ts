import type { Snooze } from "../../domain/snooze.ts";
import type { RequestTables } from "./tables.ts";

// Times are epoch milliseconds; what is called JSON is JSON text.

/** Every table from where the inventory stands. */
export type Tables = RequestTables & InventoryTables;

/** The tables of the migrations 0002 and 0009. */
export type InventoryTables = {
  certificates: CertificateRow;
  certificate_names: { reversed: string; fingerprint: string };
  observations: ObservationRow;
  sightings: { fingerprint: string; endpoint: string; first_seen: number; last_seen: number };
  issued_serials: { serial: string };
  schedules: { name: string; expression: string; next_run: number };
  notices: { name: string; since: number };
  expiry_notices: ExpiryNoticeRow;
  snoozes: Snooze;
  digests: { name: string; at: number; /** JSON. */ told: string };
};

export type CertificateRow = {
  fingerprint: string;
  serial: string;
  subject: string;
  issuer: string;
  /** JSON. */
  names: string;
  not_before: number;
  not_after: number;
  key: string;
  generation: string | null;
  is_ca: 0 | 1;
  pem: string;
  issued_at: number | null;
  first_seen: number;
  last_seen: number;
};

/** The latest look at an endpoint. */
export type ObservationRow = {
  endpoint: string;
  at: number;
  since: number;
  /** What it showed; null when it showed none. */
  fingerprint: string | null;
  /** The last one it ever showed. */
  last_fingerprint: string | null;
  /** JSON. */
  chain: string;
  /** JSON. */
  problem: string | null;
  took_ms: number;
};

export type ExpiryNoticeRow = {
  id: string;
  subject: string;
  version: number;
  /** JSON. */
  notice: string;
  /** JSON. */
  message: string | null;
  /** null while it stands. */
  over_at: number | null;
  /** The id of its message, which it may share with others. */
  told_in: string;
};
