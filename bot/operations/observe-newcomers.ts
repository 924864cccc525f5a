import type { Endpoint } from "../domain/endpoint.ts";
import { type Looking, observeEndpoints, type ObserveNeeds } from "./observe-endpoints.ts";
import { pause } from "./waiting.ts";

/** A catalog lists an instance a moment before it listens. */
const waitsMs = [0, 250, 500, 1_000, 2_000];

/** Looks at endpoints that have just come, and a few times again at those that do not verify yet. */
export async function observeNewcomers(
  needs: ObserveNeeds,
  endpoints: Endpoint[],
  looking: Looking,
  signal: AbortSignal,
): Promise<void> {
  let left = endpoints;
  for (const waitMs of waitsMs) {
    await pause(waitMs, signal);
    left = left.filter(looking.isWatched);
    if (signal.aborted || left.length === 0) return;
    const looks = await observeEndpoints(needs, left, looking);
    const failing = new Set(looks.filter(({ problem }) => problem !== null).map(({ endpoint }) => endpoint));
    left = left.filter(({ id }) => failing.has(id));
  }
}
