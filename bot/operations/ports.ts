import type { PeersSeen } from "../domain/blast-radius.ts";
import type { CatalogPlace, Listing } from "../domain/catalog.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { Deployment } from "../domain/deployment.ts";
import type { Endpoint, Observation } from "../domain/endpoint.ts";
import type { Intention, Pair } from "../domain/intention.ts";
import type { CallProbe, CallSeen, MeshPolicy } from "../domain/mesh.ts";
import type { PeerRefusal } from "../domain/peer-refusal.ts";
import type { Placement } from "../domain/placement.ts";
import type { Swap } from "../domain/swap.ts";

/** Epoch milliseconds. */
export type Clock = () => number;

/** What Slack calls people and groups, by id; who is missing could not be found out now. */
export type NamesOf = (ids: string[]) => Promise<ReadonlyMap<string, string>>;

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
