import type { Clock } from "./ports.ts";
import type { Commit, Notices } from "./store-ports.ts";

/** One failed look may be a hiccup. */
const looksToBelieve = 2;

/** What is told of an outage; `since`: when it was first seen. */
export interface OutageWords {
  /** Its name among what has been told and is not over. */
  name: string;
  began: (since: number, now: number) => Promise<Commit>;
  ended: (since: number, now: number) => Commit;
}

/**
 * Watches something that may fail: one alert per outage, also across restarts, and one notice when it is over. Call
 * `looked` with the outcome of each look, at a steady pace, one at a time.
 */
export function outageWatch({ notices, clock }: { notices: Notices; clock: Clock }): {
  looked(isWell: boolean, words: OutageWords): Promise<void>;
} {
  let failed = 0;
  let since = 0;

  const fail = async ({ name, began }: OutageWords) => {
    const now = clock();
    if (failed === 0) since = now;
    failed += 1;
    if (failed < looksToBelieve || (await notices.since(name)) !== null) return;
    await notices.raise(name, since, await began(since, now));
  };

  const recover = async ({ name, ended }: OutageWords) => {
    failed = 0;
    const began = await notices.since(name);
    if (began === null) return;
    await notices.settle(name, ended(began, clock()));
  };

  return { looked: (isWell, words) => (isWell ? recover(words) : fail(words)) };
}
