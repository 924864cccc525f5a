import type { Head } from "./audit-chain.ts";

/** Where the audit log stands, as it is published. */
export interface AuditHead {
  type: "audit-head";
  at: number;
  /** null while it is empty. */
  head: Head | null;
  /** What no longer holds of it, in one sentence; null: it holds. */
  problem: string | null;
}
