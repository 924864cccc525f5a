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

/** An instance began to serve another certificate. `at` is epoch ms, to the feed's half second. */
export interface Swap {
  at: number;
  instance: string;
  serial: string;
  generation: string | null;
}

/** What the page is told twice a second. `now` is the server's clock in epoch ms: the page counts down by it. */
export interface Frame {
  now: number;
  status: LabStatus | null;
  /** Since when each instance was seen to serve the certificate it serves now: Vault dates `notBefore` back by 30 s. */
  since: Record<string, number>;
  totals: TrafficTotals;
  point: TrafficPoint | null;
  swaps: Swap[];
  /** Why the lab could not be read this time. */
  problem: string | null;
}

/** What a page that has just opened is told once, so that its chart is not empty. */
export interface History {
  points: TrafficPoint[];
  swaps: Swap[];
}
