import type { Deployment } from "../domain/deployment.ts";
import type { Placed, Placement } from "../domain/placement.ts";
import type { Placements } from "./ports.ts";

/** What a scheduler says of a service's instances; why it does not; null: none runs them. */
export type PlacedAll = Placement[] | { unknown: string } | null;

/** Never throws: a scheduler that cannot be asked is told as such, beside what is known without it. */
export async function placedBy(
  placements: Placements | null,
  deployment: Deployment,
  tag: string | null,
): Promise<PlacedAll> {
  if (placements === null || deployment.kind !== "nomad") return null;
  try {
    return await placements({ job: deployment.job, tag });
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

export function placementOf(all: PlacedAll, instance: string): Placed | null {
  if (all === null || "unknown" in all) return all;
  return all.find((one) => one.instance === instance) ?? "not of the job";
}
