import type { Logger } from "./log.ts";
import { pause } from "./operations/waiting.ts";

/**
 * Does the work, waits, and does it again until the signal aborts; the work under way is finished first. What breaks is
 * logged once, and once more when it is over.
 */
export async function every(
  name: string,
  { ms, signal, log }: { ms: number; signal: AbortSignal; log: Logger },
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  let broken: string | null = null;
  while (!signal.aborted) {
    try {
      await work(signal);
      if (broken !== null) log.info({ worker: name }, "works again");
      broken = null;
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== broken) log.error({ worker: name, err: error }, "does not get on; it is tried again");
      broken = message;
    }
    await pause(ms, signal);
  }
}
