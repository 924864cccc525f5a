import type { GeneratedAlways } from "kysely";
import type { AuditRow } from "../../domain/audit-chain.ts";
import type { Kind, RequestState } from "../../domain/request.ts";

// Times are epoch milliseconds; what is called JSON is JSON text.

/** The tables of the requests and what commits with them. Others join by `db.withTables<…>()`. */
export interface RequestTables {
  requests: RequestRow;
  request_services: RequestServiceRow;
  jobs: JobRow;
  audit: AuditRow;
  outbox: OutboxRow;
  freezes: FreezeRow;
}

export interface RequestRow {
  id: string;
  kind: Kind;
  /** What it is about; of a kind and subject one is open at a time. */
  subject: string;
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
  /** JSON: who approved, the last one included. */
  approvals: string;
  stage: number;
  reminded_at: number | null;
  decided_why: string | null;
  /** JSON. */
  remarks: string;
  /** JSON. */
  review: string | null;
  version: number;
  /** JSON. */
  message: string | null;
  /** JSON. */
  receipt: string | null;
}

/** A service that the request touches. */
export interface RequestServiceRow {
  request: string;
  service: string;
}

export interface JobRow {
  request: string;
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
  /** Since when Slack may have it without our knowing; null: it has not. */
  unclear_since: number | null;
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
