import type { Decision } from "../domain/approval.ts";
import type { Head, Log } from "../domain/audit-chain.ts";
import type { Told as ToldInDigest } from "../domain/digest.ts";
import type { NoticeWrite } from "../domain/expiry-message.ts";
import type { ExpiryNotice, StandingNotice } from "../domain/expiry-notice.ts";
import type { Freeze, FreezeInForce } from "../domain/freeze.ts";
import type { Kind, Request, RequestOf, RequestState } from "../domain/request.ts";
import type { Snooze } from "../domain/snooze.ts";
import type { Delivered } from "./delivered.ts";

// What the operations need from the store, each as small as its use. Adapters implement these.

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

/** An item in the hands of who tells it. */
export interface ClaimedItem extends OutboxItem {
  id: number;
  /** How often it was claimed, this time included. */
  attempts: number;
  /** Since when Slack may have it without our knowing: what becomes of an attempt is not always told. null: it has not. */
  unclearSince: number | null;
}

export interface Outbox {
  /** The oldest item that is due, unleased and the first of its subject; null when there is none. */
  claim(now: number, leaseMs: number): Promise<ClaimedItem | null>;
  /** Before it is posted, so that also a kill leaves it known; and null when Slack surely has not taken it. */
  unclear(id: number, since: number | null): Promise<void>;
  done(id: number): Promise<void>;
  /** Not before `at`; the items of the same subject wait behind it. */
  retry(id: number, at: number, problem: string): Promise<void>;
  /** How many wait, and the last problem of one that was tried. */
  waiting(): Promise<{ count: number; problem: string | null }>;
}

/** What commits together with a state change. */
export interface Commit {
  audit: AuditEntry;
  outbox: OutboxItem[];
}

export interface Requests {
  /**
   * false, and nothing written, while a service it touches is frozen or its subject has another one pending or approved.
   * `job`: it is approved already, and gets its job. `promised`: it was agreed on before, and no freeze holds it back.
   */
  open(request: Request, commit: Commit & { job?: boolean; promised?: boolean }): Promise<boolean>;
  find(id: string): Promise<Request | null>;
  count(filter: { kind: Kind; states: RequestState[] }): Promise<number>;
  /** The latest first. `touches`: a service. */
  list<K extends Kind = Kind>(filter: RequestFilter<K>): Promise<RequestOf<K>[]>;
  /**
   * Compare-and-set on the state: false, and nothing written, when the state is no longer one of `from`.
   * `knowing`: and false when its version is no longer this one.
   * `job`: with a job for it, and false while a service it touches is frozen.
   */
  move(
    id: string,
    from: RequestState[],
    change: RequestChange,
    commit: Commit & { job?: boolean; knowing?: number },
  ): Promise<boolean>;
  placed(id: string, message: { channel: string; ts: string }): Promise<void>;
}

/** All of a request that ever changes. */
export type RequestChange = Partial<Omit<Decision, "state"> & Pick<Request, "state" | "remarks" | "receipt">>;

export interface RequestFilter<K extends Kind> {
  kind?: K;
  states?: RequestState[];
  /** Of one kind: what it is about. */
  subject?: string;
  /** A service. */
  touches?: string;
  /** Those that one person let through, and nobody has looked at since. */
  toReview?: boolean;
  /** 100 where it is not said. */
  limit?: number;
}

/** The durable work after approval: one row per request. */
export interface Job {
  request: string;
  /** `queued`, or `promised` where no freeze holds it back; then the last step that is done. */
  step: string;
  /** What the steps settled, as the work on its kind of request has it; null while it is queued. */
  data: unknown;
  /** What was counted so far; null at first. */
  progress: unknown;
  /** How often it was claimed: more than once means that it was resumed. */
  attempts: number;
}

/** Every change needs the lease: false, and nothing written, when it is lost. */
export interface Jobs {
  /**
   * The oldest job that is due, and that nobody holds or somebody else held too long; null when there is none.
   * One not yet begun waits while a service it touches is frozen.
   */
  claim(owner: string, now: number, leaseMs: number): Promise<Job | null>;
  /** Keeps the lease until then, and the counts with it. */
  keep(request: string, owner: string, until: number, progress: unknown): Promise<boolean>;
  /** A step is done. */
  advance(
    request: string,
    owner: string,
    done: { step: string; data: unknown; progress: unknown },
    audit: AuditEntry,
  ): Promise<boolean>;
  /** Gives the lease back; due again at `dueAt`. */
  release(request: string, owner: string, dueAt: number): Promise<boolean>;
  /** The last step: the request's end, the job's end, audit and outbox in one transaction. */
  finish(request: string, owner: string, change: Pick<Request, "state" | "receipt">, commit: Commit): Promise<boolean>;
}

export interface Freezes {
  /** false, and nothing written, when somebody froze that scope before. */
  freeze(freeze: Freeze, commit: Commit): Promise<boolean>;
  /** false when no person's freeze of that scope is in force. */
  thaw(scope: string, commit: Commit): Promise<boolean>;
  /** Like a freeze, for a case of the lab. false while a request that touches that scope is approved or under way, or another hold in force. */
  hold(hold: Freeze & { until: number }, commit: Commit): Promise<boolean>;
  release(scope: string, commit: Commit): Promise<boolean>;
  /** Freezes and holds that are in force now. */
  all(): Promise<FreezeInForce[]>;
}

/** What a person's Home tab is drawn from, besides what stands in the store for everybody. */
export interface Home {
  user: string;
  openedAt: number;
  pages: HomePages;
  note: HomeNote | null;
  /** Of what Slack was given last; null: it is to be drawn, whatever it shows. */
  hash: string | null;
}

/** The page of each list, from 0. */
export interface HomePages {
  requests: number;
  expiring: number;
}

/** What came of something they did, in Slack's markup. It stays until they do something else, or come back once more. */
export interface HomeNote {
  /** The request it is about, or a service. */
  about: string | null;
  said: string;
}

export interface Homes {
  /** Shows its first pages, and is to be drawn. */
  opened(user: string, at: number): Promise<void>;
  /** Of one that was never opened too: it is there when they come. */
  change(user: string, change: Partial<Pick<Home, "pages" | "note">>, at: number): Promise<void>;
  drawn(user: string, hash: string): Promise<void>;
  /** Those that were opened, or changed by their person, since then: first what is to be drawn, then the latest opened. */
  since(at: number): Promise<Home[]>;
}

/** An acknowledgement is a promise: until the work is done the store has it, and its `responseUrl` no longer. */
export interface Deliveries {
  /** false, and nothing kept, when one of the keys was met before. */
  first(keys: string[], at: number, work: Delivered | null): Promise<boolean>;
  done(keys: string[]): Promise<void>;
  /** What was acknowledged and is not done, oldest first. */
  unfinished(): Promise<{ key: string; at: number; work: Delivered }[]>;
}

export interface AuditLog {
  append(entry: AuditEntry, outbox?: OutboxItem[]): Promise<void>;
  about(subject: string): Promise<(AuditEntry & { seq: number; hash: string })[]>;
  /** All of it as it stands now, and what is written while it is read. */
  log(): Promise<Log>;
  /** null while it is empty. */
  head(): Promise<Head | null>;
  /** null when the chain holds; else the first thing that does not, and the row it is about. */
  verify(): Promise<{ seq: number; problem: string } | null>;
}

/** Runs that happen once each, however many bots there are and whenever they slept. */
export interface Schedules {
  /** Whether its next run has come. One that is new, or has a new cron expression, first runs at `next`. */
  due(schedule: { name: string; expression: string }, now: number, next: number): Promise<boolean>;
  /** Takes the run that is due and sets the next one: false, and nothing written, when it is taken already. */
  claim(name: string, now: number, next: number, commit: Commit & { told?: ToldDigest[] }): Promise<boolean>;
}

/** What the last digest of each channel told. */
export interface Digests {
  last(channel: string): Promise<Pick<ToldDigest, "at" | "told"> | null>;
}

export interface ToldDigest {
  channel: string;
  at: number;
  told: ToldInDigest;
}

/** What has been told and is not over: told once, however often it is seen. */
export interface Notices {
  /** null: it is not raised. */
  since(name: string): Promise<number | null>;
  /** false, and nothing written, when it is raised already. */
  raise(name: string, since: number, commit: Commit): Promise<boolean>;
  /** false, and nothing written, when it is not raised. */
  settle(name: string, commit: Commit): Promise<boolean>;
}

/** What is told of what ends: one that stands for each subject, and those that are over. */
export interface ExpiryNotices {
  standing(): Promise<StandingNotice[]>;
  /** All that stands, or stood, in the message of that id; null: nothing, or it is forgotten. */
  toldIn(id: string): Promise<{ notices: ExpiryNotice[]; message: { channel: string; ts: string } | null } | null>;
  /** All of it, or nothing and false: when one of the subjects has another that stands, or what changes changed since. */
  write(writes: NoticeWrite[], commit: { audit: AuditEntry[]; outbox: OutboxItem[] }): Promise<boolean>;
  /** `id`: of the message. */
  placed(id: string, message: { channel: string; ts: string }): Promise<void>;
  /** Those that were over before that time, with all that stood in their message. */
  forgetBefore(at: number): Promise<void>;
}

export interface Snoozes {
  /** Also those that are over. */
  all(): Promise<Snooze[]>;
  /** In place of the one it has. */
  set(snooze: Snooze, commit: Commit): Promise<void>;
  /** false, and nothing written, when it has none in force at that time. */
  end(subject: string, now: number, commit: Commit): Promise<boolean>;
}
