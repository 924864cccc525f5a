import type { Pair } from "./intention.ts";
import type { ApprovalPolicy } from "./approval-policy.ts";
import { nearest } from "./nearest.ts";
import { refuse, type Refusal } from "./refusal.ts";

/** What certops.yaml says of the service mesh. */
export interface MeshPolicy {
  /** Whose calls may be allowed and denied by approval. */
  services: string[];
  approval: ApprovalPolicy;
  probes: CallProbe[];
}

/**
 * A page of the source that makes the call and tells by its answer whether it went through. `tag`: that of the source's
 * instances in Consul's catalog; where they listen is read there.
 */
export type CallProbe = Pair & ({ url: string } | { tag: string; path: string });

/** What came of a call, as the page that made it tells. `unknown`: the page itself could not be had. */
export type CallSeen = { outcome: "answered" | "refused"; why: null } | { outcome: "unknown"; why: string };

export function probeOf({ probes }: Pick<MeshPolicy, "probes">, { source, destination }: Pair): CallProbe | null {
  return probes.find((probe) => probe.source === source && probe.destination === destination) ?? null;
}

/** Every call there may be. */
export function pairsIn({ services }: Pick<MeshPolicy, "services">): Pair[] {
  return services.flatMap((source) =>
    services.filter((other) => other !== source).map((destination) => ({ source, destination })),
  );
}

export function isInMesh({ services }: Pick<MeshPolicy, "services">, { source, destination }: Pair): boolean {
  return services.includes(source) && services.includes(destination);
}

/** What is wrong with these two names for a call in the mesh; null: nothing. `managed`: the other services certops knows. */
export function pairObjection(
  policy: Pick<MeshPolicy, "services">,
  managed: Iterable<string>,
  { source, destination }: Pair,
): Refusal | null {
  const known = new Set([...policy.services, ...managed]);
  for (const name of [source, destination]) {
    if (policy.services.includes(name)) continue;
    if (known.has(name)) {
      return refuse("not-in-mesh", `${name} is not in the mesh.`, `In it are ${policy.services.join(", ")}.`);
    }
    const meant = nearest(name, policy.services);
    return refuse(
      "unknown-service",
      `There is no service ${name}.`,
      meant === null ? `In the mesh are ${policy.services.join(", ")}.` : `Did you mean ${meant}?`,
    );
  }
  if (source !== destination) return null;
  return refuse("same-service", `${source} needs no leave to call itself.`, "Name two services: who calls, and whom.");
}
