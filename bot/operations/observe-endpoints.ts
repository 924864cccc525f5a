import type { Endpoint, Observation } from "../domain/endpoint.ts";
import type { Inventory, Probe } from "./ports.ts";

/** Looks at every endpoint, at most `concurrency` at a time, and keeps what was seen. In the order of the endpoints. */
export async function observeEndpoints(
  { inventory, probe }: { inventory: Pick<Inventory, "saveObservation">; probe: Probe },
  endpoints: Endpoint[],
  { deadlineMs, concurrency }: { deadlineMs: number; concurrency: number },
): Promise<Observation[]> {
  const observations: Observation[] = [];
  const left = endpoints.entries();
  const worker = async () => {
    // One iterator for all workers: each takes the next endpoint that nobody has.
    for (const [index, endpoint] of left) {
      const { observation, chain } = await probe(endpoint, deadlineMs);
      await inventory.saveObservation(observation, chain);
      observations[index] = observation;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, endpoints.length) }, worker));
  return observations;
}
