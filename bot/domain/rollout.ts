import type { Plan } from "./renewal.ts";

// The course of one renewal. Every step is saved; a process that takes over goes on from what is here.

/** How long a renewal may take. Milliseconds. */
export interface RenewalLimits {
  /** From the write (or the resumption) until every instance of the wave serves it. */
  serveMs: number;
  /** How long it is watched after the last instance serves it. */
  settleMs: number;
  /** How long an unreachable Vault is asked again. */
  writeMs: number;
  /** Between two handshakes to one instance. */
  handshakeEveryMs: number;
  handshakeDeadlineMs: number;
}

export const renewalLimits: RenewalLimits = {
  serveMs: 30_000,
  settleMs: 2_000,
  writeMs: 60_000,
  // A little under 100: at least ten a second, also when a timer comes late.
  handshakeEveryMs: 90,
  handshakeDeadlineMs: 3_000,
};

/** What the steps settled. */
export interface Rollout {
  startedAt: number;
  /** When a process took over from one that was cut off. */
  resumedAt: number[];
  /** What Vault had issued before the write; null when Vault did not say. */
  issuedBefore: string[] | null;
  /** When each instance's generation was written. */
  written: Record<string, number>;
  /** When each wave was proven. */
  proven: number[];
}

/** What the proving counted and saw; saved while it goes on. */
export interface Proof {
  tried: number;
  failed: number;
  /** By code, for example ECONNREFUSED. */
  causes: Record<string, number>;
  /** The leaf that each instance presented last before the new generation. */
  before: Record<string, Leaf>;
  /** Each instance's first verified handshake with the new generation. */
  served: Record<string, Leaf>;
  /** Each instance's latest verified handshake with the new generation. */
  latest: Record<string, Leaf>;
}

export interface Leaf {
  at: number;
  serial: string;
  notAfter: number;
}

export const nothingProven: Proof = { tried: 0, failed: 0, causes: {}, before: {}, served: {}, latest: {} };

/** What to do now. `watch`: look again at `until`, or when something new was seen. */
export type Act =
  | { do: "write"; instances: string[] }
  | { do: "watch"; until: number }
  | { do: "proven" }
  | { do: "end"; state: "deployed" | "not-served" };

/** The groups of instances that are written together, one after the other. */
export function waves({ instances, rollout }: Pick<Plan, "instances" | "rollout">): string[][] {
  const [first, ...rest] = instances;
  return rollout === "one-first" && first !== undefined && rest.length > 0 ? [[first], rest] : [instances];
}

/**
 * @param showing the instances whose latest handshake verified and showed the new generation
 * @param since when this process took the renewal up: an outage of ours is not held against the instances
 */
export function nextAct(
  plan: Pick<Plan, "instances" | "rollout">,
  { written, proven }: Pick<Rollout, "written" | "proven">,
  seen: { served: Proof["served"]; showing: Set<string> },
  when: { now: number; since: number },
  limits: Pick<RenewalLimits, "serveMs" | "settleMs">,
): Act {
  const all = waves(plan);
  const wave = all[proven.length];
  if (!wave) return { do: "end", state: "deployed" };

  const unwritten = wave.filter((instance) => written[instance] === undefined);
  if (unwritten.length > 0) return { do: "write", instances: unwritten };

  const serveBy = Math.max(when.since, ...wave.map((instance) => written[instance] ?? 0)) + limits.serveMs;
  const servedAt = wave.map((instance) => seen.served[instance]?.at);
  if (servedAt.includes(undefined)) return watchUntil(serveBy, when.now);

  const settledAt = Math.max(...servedAt.map((at) => at ?? 0)) + limits.settleMs;
  if (when.now < settledAt) return { do: "watch", until: settledAt };

  const isLast = proven.length === all.length - 1;
  const steady = (isLast ? plan.instances : wave).every((instance) => seen.showing.has(instance));
  return steady ? { do: "proven" } : watchUntil(Math.max(settledAt, when.since) + limits.serveMs, when.now);
}

function watchUntil(deadline: number, now: number): Act {
  return now < deadline ? { do: "watch", until: deadline } : { do: "end", state: "not-served" };
}
