import type { RevocationRequest, Target } from "./revocation-request.ts";

// The course of one revocation. Every step is saved; a process that takes over goes on from what is here.

/** How long each part may take. Milliseconds. */
export interface RevocationLimits {
  /** How long another renewal of the service, or a freeze, is waited for. */
  turnMs: number;
  /** How long it is looked whether an old one is still served, when the renewal has been proven. */
  clearMs: number;
  /** How long an unreachable Vault is asked again. */
  writeMs: number;
  /** From the list in Vault until every instance holds it. */
  holdMs: number;
  lookEveryMs: number;
  /** For each handshake. */
  deadlineMs: number;
}

export const revocationLimits: RevocationLimits = {
  turnMs: 300_000,
  clearMs: 30_000,
  writeMs: 60_000,
  holdMs: 30_000,
  lookEveryMs: 200,
  deadlineMs: 3_000,
};

/** What the steps settled. Times are epoch milliseconds; null: not yet. */
export interface Revoking {
  startedAt: number;
  /** When a process took over from one that was cut off. */
  resumedAt: number[];
  /** The id of the renewal that comes first. */
  renewal: string;
  renewedAt: number | null;
  /** What is revoked: settled when every instance serves another. */
  serials: string[] | null;
  revoked: Record<string, "revoked" | "expired">;
  revokedAt: number | null;
  /** Why not all of them could be. */
  problem: string | null;
  listedAt: number | null;
}

/** By endpoint, what it said last. */
export type Holding = Record<string, { at: number | null; problem: string | null }>;

/**
 * What is revoked once every instance serves another: what was approved and, of a service or an instance, what was served
 * in its place until then.
 */
export function settledSerials(
  { target, serials }: RevocationRequest["plan"],
  renewed: { instance: string; oldSerial: string | null; newSerial: string | null }[],
): string[] {
  const fresh = new Set(renewed.map(({ newSerial }) => newSerial));
  const since = renewed.filter(({ instance }) => covers(target, instance)).flatMap(({ oldSerial }) => oldSerial ?? []);
  return [...new Set([...serials, ...since])].filter((serial) => !fresh.has(serial));
}

export const covers = (target: Target, instance: string): boolean =>
  target.kind === "service" || (target.kind === "instance" && target.instance === instance);

/** Of one that was revoked: by which request, why and when. */
export interface TakenBack {
  request: string;
  reason: string;
  at: number;
}

/** What these revocations took back, by serial. */
export function takenBack(
  revocations: Pick<RevocationRequest, "id" | "plan" | "receipt" | "createdAt">[],
): Map<string, TakenBack> {
  return new Map(
    revocations.flatMap(({ id, plan, receipt, createdAt }) => {
      const at = receipt?.steps.find(({ name }) => name === "revoked in Vault")?.at ?? createdAt;
      const gone = receipt?.serials.filter(({ outcome }) => outcome === "revoked") ?? [];
      return gone.map(({ serial }) => [serial, { request: id, reason: plan.reason, at }] as const);
    }),
  );
}

/** An endpoint's id without its service, where that is said already. */
export const tellEndpoint = (id: string) => id.slice(id.indexOf("/") + 1);

/** What keeps it from being proven, one sentence. */
export function whyNotHeld(held: Holding, { holdMs }: Pick<RevocationLimits, "holdMs">): string {
  const late = Object.entries(held).filter(([, { at }]) => at === null);
  const told = late.map(([endpoint, { problem }]) => `${tellEndpoint(endpoint)}: ${problem ?? "it did not say"}`);
  return `Revoked, yet after ${holdMs / 1_000} s not every instance holds the list. ${told.join("; ")}.`;
}
