import type { Decision } from "../domain/approval.ts";
import type { Head, Log } from "../domain/audit-chain.ts";
import type { CatalogPlace, Listing } from "../domain/catalog.ts";
import type { Certificate, CertificateRecord } from "../domain/certificate.ts";
import type { Deployment } from "../domain/deployment.ts";
import type { PeersSeen } from "../domain/blast-radius.ts";
import type { Told as ToldInDigest } from "../domain/digest.ts";
import type { Endpoint, Observation, ObservationRecord } from "../domain/endpoint.ts";
import type { Window } from "../domain/expiry.ts";
import type { ExpiryNotice, StandingNotice } from "../domain/expiry-notice.ts";
import type { Freeze, FreezeInForce } from "../domain/freeze.ts";
import type { Placement } from "../domain/placement.ts";
import type { PeerRefusal } from "../domain/peer-refusal.ts";
import type { Intention, Pair } from "../domain/intention.ts";
import type { CallProbe, CallSeen, MeshPolicy } from "../domain/mesh.ts";
import type { IntentionFields, RenewalFields } from "../domain/forms.ts";
import type { WishFields } from "../domain/firewall/wish.ts";
import type { Kind, Request, RequestOf, RequestState } from "../domain/request.ts";
import type { Snooze, SnoozeFields } from "../domain/snooze.ts";
import type { Swap } from "../domain/swap.ts";

export type { CertificateRecord };

// What the operations need from outside, each as small as its use. Adapters implement these; what asks another
// machine answers or fails within a deadline of its own.

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

/** The Home tab or the modal in which something was clicked. */
export interface ClickedView {
  id: string;
  surface: "home" | "modal";
}

/** What somebody did in Slack, with all that its work needs. `responseUrl`: where its answer goes, where it has one. */
export type Delivered =
  /** `triggerId`: opens a form, within three seconds. */
  | { kind: "command"; command: string; user: string; responseUrl: string | null; text: string; triggerId?: string }
  /** `triggerId`: as of a command. `alone`: on a message that only this person sees. `view`: where that is no message. */
  | {
      kind: "click";
      user: string;
      responseUrl: string | null;
      action: string;
      value: string;
      triggerId?: string;
      alone?: boolean;
      view?: ClickedView;
    }
  | (RequestForm & { responseUrl: string | null; view?: ClickedView })
  /** A form that was filled in; its answer goes where it was asked for. */
  | { kind: "submission"; user: string; responseUrl: string | null; fields: WishFields }
  | { kind: "snooze"; user: string; responseUrl: string | null; subject: string; fields: SnoozeFields }
  | { kind: "renewal-form"; user: string; fields: RenewalFields }
  | { kind: "intention-form"; user: string; fields: IntentionFields }
  | { kind: "home"; user: string };

/** What somebody filled in about a request. */
export interface RequestForm {
  kind: "request-form";
  form: "comment" | "hand-over" | "withdraw" | "break-glass" | "deny" | "review";
  user: string;
  id: string;
  text: string;
  /** To whom it is handed over. */
  to: string;
  /** What a review found. */
  justified: boolean;
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

export interface Inventory {
  saveObservation(observation: Observation, chain: Certificate[]): Promise<void>;
  saveIssued(certificates: Certificate[], at: number): Promise<void>;
  /** Serials that were read from Vault's list and stand there still, as far as is known. */
  knownSerials(): Promise<Set<string>>;
  /** They left Vault's list; the certificates themselves stay. */
  forgetSerials(serials: string[]): Promise<void>;
  /** Every one for which all of the filter holds; the latest end first. */
  certificates(filter: CertificateFilter): Promise<CertificateRecord[]>;
  /**
   * The same, with whether there are more of them. `words`: each begins a word of its subject, its names or its issuer; of
   * words or a suffix that very many bear only some are looked through.
   */
  lookUp(
    filter: CertificateFilter & { limit: number; words?: string[] },
  ): Promise<{ records: CertificateRecord[]; isBeyond: boolean }>;
  /** The latest of each endpoint. */
  observations(): Promise<ObservationRecord[]>;
  certificate(fingerprint: string): Promise<Certificate | null>;
  /** Everyone who signed a certificate. */
  issuers(): Promise<string[]>;
  /** Forgets what is history, has expired, and was last met before that time. Returns how many. */
  forgetBefore(at: number): Promise<number>;
}

export interface CertificateFilter {
  serial?: string;
  /** Whole bytes from its beginning. */
  serialStart?: string;
  /** The whole of it or its beginning. */
  fingerprint?: string;
  /** Exact DNS name, or `*.suffix` for everything under it. */
  name?: string;
  generation?: string;
  /** One of them. */
  issuers?: string[];
  /** What each endpoint showed last, authorities, and what was seen nowhere, is valid at that time and bears one of these names. */
  inUse?: { at: number; names: string[] };
  /**
   * What was seen nowhere, is valid at that time, and was not issued anew since: the soonest end first. `window`: near its end.
   */
  unwatched?: { at: number; window?: Window };
  limit?: number;
}

/**
 * A fresh handshake, never resumed. Never throws: a failure is in the observation.
 * `localPort`: ours, by which the other side's record of this connection is found.
 */
export type Probe = (
  endpoint: Endpoint,
  deadlineMs: number,
) => Promise<{ observation: Observation; chain: Certificate[]; localPort?: number }>;

export interface Generations<At = Deployment> {
  /** One field per instance; `version` for compare-and-set. */
  read(at: At): Promise<{ version: number; instances: Record<string, string> }>;
  /** false when somebody wrote in between. */
  write(at: At, instances: Record<string, string>, version: number): Promise<boolean>;
}

/** A catalog's answer. `index`: what it stands at, for the question after it. */
export interface Told {
  listing: Listing;
  index: number;
}

export interface Catalog {
  /**
   * What is listed, as soon as it is no longer what stood at `after`, at the latest after a while; at once where `after`
   * is null. Throws a Failure where the catalog cannot say, also for want of a leader.
   */
  listed(place: CatalogPlace, after: number | null, signal: AbortSignal): Promise<Told>;
}

/** The instances that a job is to run; `tag`: only those that carry it. Throws a Failure where Nomad does not say. */
export type Placements = (of: { job: string; tag: string | null }) => Promise<Placement[]>;

/** The service mesh, where certops.yaml has one. */
export interface Mesh {
  policy: MeshPolicy;
  intentions: Intentions;
  calls: Calls;
}

/** Consul's intentions. Each throws a Failure when Consul does not answer, or refuses. */
export interface Intentions {
  /** Every one the bot may see. */
  list(): Promise<Intention[]>;
  /** Those with this destination; `version` for compare-and-set, 0 where there are none. */
  read(destination: string): Promise<{ version: number; intentions: Intention[] }>;
  /** Sets one and leaves the others of its destination as they are; false when somebody wrote in between. */
  write(intention: Intention, version: number): Promise<boolean>;
  /** Whether Consul would let the call through now. */
  allows(pair: Pair): Promise<boolean>;
}

/** Has a page of the source make the call. Never throws: a page that does not answer is `unknown`. */
export type Calls = (probe: CallProbe, deadlineMs: number) => Promise<CallSeen>;

/** What Vault's audit log says of one generation. Throws a Failure where it cannot be read. */
export type VaultAudit = (generation: string) => Promise<VaultIssue[]>;

export interface VaultIssue {
  at: number;
  serial: string | null;
  /** The role or name that asked. */
  by: string;
  /** Vault's reason, where it refused. */
  refused: string | null;
}

/** The identities that an agent rendered in that time, by its log file. Throws a Failure where it cannot be read. */
export type AgentLog = (
  file: string,
  span: { from: number; until: number },
) => Promise<{ at: number; destination: string }[]>;

/** An instance's latest swaps, as its admin port tells them. */
export type Swaps = (endpoint: Endpoint) => Promise<Swap[]>;

/** Takes certificates back, where they were issued. Each throws a Failure when Vault does not do as asked. */
export interface Revocations {
  /** Doing it again changes nothing. `expired`: it had ended by itself, and no list needs to name it. */
  revoke(mount: string, serial: string): Promise<"revoked" | "expired">;
  /** Has the mount's revocation list made anew. */
  rebuild(mount: string): Promise<void>;
  /** The serials that the mount's list names. */
  listed(mount: string): Promise<ReadonlySet<string>>;
}

/** What an instance tells on its admin port. Each throws a Failure when it does not answer. */
export interface InstanceAdmin {
  swaps: Swaps;
  /** The clients it turned away lately, oldest first. */
  refusals(endpoint: Endpoint): Promise<PeerRefusal[]>;
  /** Which of these serials the revocation lists in its hands name. `checks`: whether it looks into any list. */
  refused(endpoint: Endpoint, serials: string[]): Promise<{ checks: boolean; named: string[] }>;
  /** What it says is wrong with itself; null: nothing. */
  problem(endpoint: Endpoint): Promise<string | null>;
  /** Who called it and whom it called, by its metrics; empty where they do not tell. */
  peers(endpoint: Endpoint): Promise<PeersSeen>;
}

export interface IssuedList {
  serials(mount: string): Promise<string[]>;
  read(mount: string, serial: string): Promise<Certificate | null>;
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

/** The messages about what ends: one that stands for each subject, and those that are over. */
export interface ExpiryNotices {
  standing(): Promise<StandingNotice[]>;
  find(id: string): Promise<{ notice: ExpiryNotice; message: { channel: string; ts: string } | null } | null>;
  /** `replaces`: with what that one says then. false, and nothing written, when the subject has another, or that one changed. */
  tell(
    told: { id: string; notice: ExpiryNotice; replaces: (StandingNotice & { becomes: ExpiryNotice }) | null },
    commit: Commit,
  ): Promise<boolean>;
  /** Over, where the notice says so. false, and nothing written, when it changed since. */
  redraw(standing: Pick<StandingNotice, "id" | "version">, notice: ExpiryNotice, commit: Commit): Promise<boolean>;
  placed(id: string, message: { channel: string; ts: string }): Promise<void>;
  /** Those that were over before that time. */
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
