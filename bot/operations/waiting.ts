import { setTimeout as timer } from "node:timers/promises";
import { Failure } from "../errors.ts";

/** Waits that long, or until the signal; whoever waits looks at the signal afterwards. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await timer(Math.max(0, ms), undefined, { signal }).catch(() => {});
}

/** The answer of something outside, or the Failure `deadline` when it takes longer than that. */
export async function within<T>(ms: number, what: string, answer: Promise<T>): Promise<T> {
  const late = new AbortController();
  const tooLate = timer(ms, undefined, { signal: late.signal }).then((): never => {
    throw new Failure(
      "deadline",
      `${what} did not answer within ${ms / 1000} s.`,
      "See whether it is up and reachable.",
    );
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    late.abort();
    tooLate.catch(() => {});
  }
}
