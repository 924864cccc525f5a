import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint, Observation } from "../domain/endpoint.ts";
import type { RenewalRequest, RequestState } from "../domain/renewal.ts";

// What the operations need from outside, each as small as its use. Adapters implement these.

/** Epoch milliseconds. */
export type Clock = () => number;

export interface AuditEntry {
  at: number;
  /** Slack user id, `operator:<name>`, or `certops`. */
  actor: string;
  /** For example `request.approved`, `job.written`, `freeze`. */
  action: string;
  /** Request id, service, or other subject. */
  subject: string;
  detail: Record<string, unknown>;
}

/** Something to be told in Slack. Delivered at least once, in order per subject, by the outbox. */
export interface OutboxItem {
  /** Doing the same thing twice has the effect of once: the second item with a key is dropped. */
  key: string;
  /**
   * `request`: post or redraw the message of request `subject` from the store.
   * `alert`, `notice`, `digest`: post `payload` to the channel.
   */
  kind: "request" | "alert" | "notice" | "digest";
  subject: string;
  payload: Record<string, unknown>;
}

/** What commits together with a state change. */
export interface Commit {
  audit: AuditEntry;
  outbox: OutboxItem[];
}

export interface Requests {
  open(request: RenewalRequest, commit: Commit): Promise<void>;
  find(id: string): Promise<RenewalRequest | null>;
  list(filter: { states?: RequestState[]; service?: string; limit?: number }): Promise<RenewalRequest[]>;
  /** Compare-and-set on the state: false, and nothing written, when the state is no longer one of `from`. */
  move(
    id: string,
    from: RequestState[],
    change: Partial<Pick<RenewalRequest, "state" | "decidedBy" | "decidedAt" | "receipt">>,
    commit: Commit & { job?: boolean },
  ): Promise<boolean>;
  placed(id: string, message: { channel: string; ts: string }): Promise<void>;
}

/** The durable work after approval: one row per request. */
export interface Job {
  request: string;
  /** `start` → `written` → `proven`; free-form data survives a crash. */
  step: string;
  data: Record<string, unknown>;
  attempts: number;
}

export interface Jobs {
  /** Claims one job that is due and unleased; null when there is none. */
  claim(owner: string, now: number, leaseMs: number): Promise<Job | null>;
  /** Keeps the lease while the work goes on. */
  extend(request: string, owner: string, until: number): Promise<boolean>;
  advance(request: string, owner: string, step: string, data: Record<string, unknown>, audit?: AuditEntry): Promise<void>;
  /** The last step: the request's end, the job's end, audit and outbox in one transaction. */
  finish(
    request: string,
    owner: string,
    change: { state: RequestState; receipt: RenewalRequest["receipt"] },
    commit: Commit,
  ): Promise<boolean>;
  active(): Promise<string[]>;
}

export interface Freeze {
  /** A service name, or "*" for all. */
  scope: string;
  by: string;
  reason: string;
  at: number;
}

export interface Freezes {
  /** `unlessRenewing`: false, and nothing written, while an approved renewal of that service is under way. */
  freeze(freeze: Freeze, commit: Commit, options?: { unlessRenewing?: boolean }): Promise<boolean>;
  thaw(scope: string, commit: Commit): Promise<boolean>;
  all(): Promise<Freeze[]>;
}

export interface AuditLog {
  append(entry: AuditEntry, outbox?: OutboxItem[]): Promise<void>;
  about(subject: string): Promise<(AuditEntry & { seq: number; hash: string })[]>;
  /** null when the chain holds; else the first row that does not. */
  verify(): Promise<{ seq: number; problem: string } | null>;
}

export interface Inventory {
  saveObservation(observation: Observation, chain: Certificate[]): Promise<void>;
  saveIssued(certificates: Certificate[], at: number): Promise<void>;
  knownSerials(): Promise<Set<string>>;
  certificates(filter: CertificateFilter): Promise<CertificateRecord[]>;
  observations(): Promise<Observation[]>;
  certificate(fingerprint: string): Promise<Certificate | null>;
  forgetBefore(at: number): Promise<number>;
}

export interface CertificateFilter {
  serial?: string;
  fingerprint?: string;
  /** Exact DNS name, or `*.suffix` for everything under it. */
  name?: string;
  issuer?: string;
  generation?: string;
  notAfterBefore?: number;
  limit?: number;
}

export interface CertificateRecord extends Certificate {
  /** Endpoints whose latest observation shows it. */
  servedAt: string[];
  /** When an endpoint was first and last seen serving it, or it was first read from Vault's list. */
  firstSeen: number;
  lastSeen: number;
}

/** A fresh handshake, never resumed. Never throws: a failure is in the observation. */
export type Probe = (endpoint: Endpoint, deadlineMs: number) => Promise<{ observation: Observation; chain: Certificate[] }>;

export interface Generations {
  /** One field per instance; `version` for compare-and-set. */
  read(at: { mount: string; path: string }): Promise<{ version: number; instances: Record<string, string> }>;
  /** false when somebody wrote in between. */
  write(at: { mount: string; path: string }, instances: Record<string, string>, version: number): Promise<boolean>;
}

export interface IssuedList {
  serials(mount: string): Promise<string[]>;
  read(mount: string, serial: string): Promise<Certificate | null>;
}
