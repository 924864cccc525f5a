import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../vault-config/problem.ts";

const EVERY_MS = 50;

/**
 * Asks until the answer is not null, and resolves to it. A question that fails is asked again.
 * Rejects with a `Problem` that tells what was awaited, and what was wrong last, when the signal aborts.
 */
export async function eventually<T>(
  awaited: string,
  ask: () => Promise<T | null>,
  signal: AbortSignal,
  everyMs = EVERY_MS,
): Promise<T> {
  let last: unknown = null;
  while (!signal.aborted) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
      last = null;
    } catch (error) {
      last = error;
    }
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
  const why = last instanceof Error ? ` (${last.message})` : "";
  throw new Problem(
    "WAITED_TOO_LONG",
    `Waited in vain for ${awaited}${why}.`,
    "The logs are in the lab's folder, under logs/.",
    {
      cause: last,
    },
  );
}
