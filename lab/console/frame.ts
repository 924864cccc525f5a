import type { LabStatus } from "../status.ts";

/** Requests and failures per second over the last second, all clients together. `at` is epoch ms. */
export interface TrafficPoint {
  at: number;
  requests: number;
  failures: number;
}

/** All that the steady clients sent since the lab was up; failures by their code. */
export interface TrafficTotals {
  requests: number;
  failures: number;
  causes: Record<string, number>;
}

/** What one source sends: answered and failed requests per second, over the last two seconds or so. */
export interface Flow {
  /** `outside`, or the instance that calls. */
  source: string;
  ok: number;
  failed: number;
}

/** An instance, or a sidecar, began to serve another certificate. `at` is epoch ms, to the feed's half second. */
export interface Swap {
  at: number;
  instance: string;
  serial: string;
  /** null where it carries none: in the mesh. */
  generation: string | null;
}

/** The mesh got another active root. `at` is epoch ms. */
export interface RootChange {
  at: number;
  /** Its id, as Consul names it. */
  root: string;
}

/** What the page is told twice a second. `now` is the server's clock in epoch ms: the page counts down by it. */
export interface Frame {
  now: number;
  status: LabStatus | null;
  /** Since when each instance and sidecar was seen to serve the certificate it serves now: Vault dates `notBefore` back by 30 s. */
  since: Record<string, number>;
  totals: TrafficTotals;
  point: TrafficPoint | null;
  flows: Flow[];
  swaps: Swap[];
  rootChanges: RootChange[];
  /** Why the lab could not be read this time. */
  problem: string | null;
}

/** What a page that has just opened is told once, so that its chart is not empty. */
export interface History {
  points: TrafficPoint[];
  swaps: Swap[];
  rootChanges: RootChange[];
}
