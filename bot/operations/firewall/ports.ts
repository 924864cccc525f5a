import type { PacketPath, PacketSeen } from "../../domain/firewall/packet.ts";
import type { Aside, Gap } from "../../domain/firewall/router-state.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import type { Seal } from "../../domain/firewall/sealed-keys.ts";

// What the firewall's operations need from outside. Each throws a Failure (`consul-…`, `cts-…`, `prober-…`, `router-…`)
// when what it asks does not answer in time or refuses, unless it says otherwise.

export interface Firewall {
  policy: FirewallPolicy;
  rules: RuleKeys;
  gate: GateLock;
  task: SyncTask;
  /** Without which the module applies nothing: base64. */
  sign(seal: Seal): string;
  /** Of the service's healthy instances in Consul's catalog, as CTS has them: sorted, each once; empty where there are none. */
  addresses(service: string): Promise<string[]>;
  /** Addresses of hosts that are there: of the catalog's instances, and of what certops.yaml watches. */
  hosts(): Promise<string[]>;
  probers: Probers;
  /** null where certops.yaml names none. */
  router: Router | null;
}

/** A key of Consul's with what stands there; `index` for compare-and-set. */
export interface HeldKey {
  value: string;
  index: number;
}

/** `index` 0: it must not be there yet. */
export interface KeyChange {
  set: { key: string; value: string; index: number }[];
  remove: { key: string; index: number }[];
}

/** Everything under `firewall/` in Consul's key-value store. */
export interface RuleKeys {
  /** By full key. Never an older answer than the last write. */
  read(): Promise<Record<string, HeldKey>>;
  /** In one transaction; false, and nothing written, when any of them was changed in between. */
  write(change: KeyChange): Promise<boolean>;
}

/**
 * What the holder of the gate is about: it stands beside the lock, for whoever holds it next when this one is gone.
 * `candidate` and `over`: digests of exactly the keys that it writes and of those that stood there before, so that these and
 * no others are laid to it.
 */
export type Journal =
  | { kind: "inspect"; request: string; candidate: string; over: string }
  | { kind: "run"; request: string; candidate: string; over: string; revision: number };

/** One holder at a time, over all bots. */
export interface GateLock {
  /** Waits for its turn until the signal; throws a Failure when it did not come in time. */
  take(signal: AbortSignal): Promise<HeldGate>;
}

export interface HeldGate extends AsyncDisposable {
  /** What the last holder was about when it went away; null: it gave the gate back in good order. */
  left: Journal | null;
  /** null: nothing that would have to be undone. */
  write(journal: Journal | null): Promise<void>;
  /** Aborts when the lock is lost or may be: nothing is written from then on. */
  lost: AbortSignal;
}

export interface Inspected {
  changes: boolean;
  /** What Terraform printed. */
  plan: string;
}

/** The one task of CTS. None of these leaves it enabled, but `run`. */
export interface SyncTask {
  /** There, with these services, and disabled; it is posted anew where it is not. */
  prepare(services: string[], signal: AbortSignal): Promise<void>;
  /** What a run would do now. Throws `cts-refused` with Terraform's words when it would fail. */
  inspect(signal: AbortSignal): Promise<Inspected>;
  /** Applies what stands in Consul now, and leaves the task enabled, also when it fails. */
  run(signal: AbortSignal): Promise<void>;
  disable(signal: AbortSignal): Promise<void>;
  /** null: CTS does not know the task. */
  state(): Promise<{ enabled: boolean; error: string | null } | null>;
}

/** What a prober may try for one request, until then. */
export interface ProbeGrant {
  /** Only in this zone; every zone with a prober where it is not given. */
  zone?: string;
  addresses: string[];
  ports: number[];
  until: number;
}

export type GrantedPath = PacketPath & { grant: string };

export interface Probers {
  grant(id: string, grant: ProbeGrant): Promise<void>;
  /** That a grant is gone already is no failure. */
  revoke(id: string): Promise<void>;
  /** Never throws: a prober that cannot be had is `unknown`. */
  try(path: GrantedPath, deadlineMs: number): Promise<PacketSeen>;
  /** Opens a connection and keeps it. Throws where it does not come to be. */
  hold(path: GrantedPath, deadlineMs: number): Promise<HeldFlow>;
}

export interface HeldFlow extends AsyncDisposable {
  state(): Promise<{ alive: true } | { alive: false; how: string }>;
}

/** What the router tells of its table; it cannot be changed by this. */
export interface Router {
  ruleset(): Promise<RouterState>;
}

export interface RouterState {
  /** SHA-256 over the table without its counters' numbers. */
  digest: string;
  /** By a rule's id. */
  counters: Record<string, { packets: number; bytes: number }>;
  /** Ids of the rules that stand in the table. */
  rules: string[];
  /** By what everything may pass, whatever the rules say. */
  gaps: Gap[];
  /** Other tables of the router that let through or redirect. */
  aside: Aside[];
}
