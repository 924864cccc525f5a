import type { Endpoint, Observation } from "../domain/endpoint.ts";
import type { Inventory } from "./inventory.ts";
import type { Probe } from "./ports.ts";

export interface ObserveNeeds {
  inventory: Pick<Inventory, "saveObservation">;
  probe: Probe;
}

export interface Looking {
  deadlineMs: number;
  concurrency: number;
  /** Whether it is still there, at this address: a look at one that has moved on tells nothing of it now. */
  isWatched: (endpoint: Endpoint) => boolean;
}

/** Looks at every endpoint, at most `concurrency` at a time, and keeps what was seen. In the order of the endpoints. */
export async function observeEndpoints(
  { inventory, probe }: ObserveNeeds,
  endpoints: Endpoint[],
  { deadlineMs, concurrency, isWatched }: Looking,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  const left = endpoints.entries();
  const worker = async () => {
    // One iterator for all workers: each takes the next endpoint that nobody has.
    for (const [index, endpoint] of left) {
      const { observation, chain } = await probe(endpoint, deadlineMs);
      if (isWatched(endpoint)) await inventory.saveObservation(observation, chain);
      observations[index] = observation;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, endpoints.length) }, worker));
  return observations;
}
