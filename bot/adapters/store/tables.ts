import type { GeneratedAlways } from "kysely";
import type { RequestState } from "../../domain/renewal.ts";

// Times are epoch milliseconds; what is called JSON is JSON text.

/** The tables of migration 0001. Another room's tables join by `db.withTables<…>()`. */
export interface RenewalTables {
  requests: RequestRow;
  jobs: JobRow;
  audit: AuditRow;
  outbox: OutboxRow;
  freezes: FreezeRow;
}

export interface RequestRow {
  id: string;
  service: string;
  requester: string;
  reason: string;
  /** JSON. */
  plan: string;
  plan_hash: string;
  /** JSON. */
  evidence: string;
  /** JSON. */
  approval: string;
  state: RequestState;
  created_at: number;
  expires_at: number;
  decided_by: string | null;
  decided_at: number | null;
  /** JSON. */
  message: string | null;
  /** JSON. */
  receipt: string | null;
}

export interface JobRow {
  request: string;
  service: string;
  step: string;
  /** JSON: what the step settled. */
  data: string;
  /** JSON: the counts so far, saved while a step goes on. */
  progress: string;
  attempts: number;
  due_at: number;
  owner: string | null;
  lease_until: number | null;
  done_at: number | null;
}

export interface AuditRow {
  seq: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  /** JSON. */
  detail: string;
  previous: string;
  hash: string;
}

export interface OutboxRow {
  id: GeneratedAlways<number>;
  key: string;
  kind: "request" | "alert" | "notice" | "digest";
  subject: string;
  /** JSON. */
  payload: string;
  attempts: number;
  next_at: number;
  lease_until: number | null;
  problem: string | null;
  done_at: number | null;
}

export interface FreezeRow {
  scope: string;
  /** `freeze`: by a person, until thawed. `hold`: by a case of the lab, until released or lapsed. */
  kind: "freeze" | "hold";
  by: string;
  reason: string;
  at: number;
  until: number | null;
}
