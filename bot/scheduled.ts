import { cron } from "./adapters/cron.ts";
import type { Logger } from "./log.ts";

/** Looks at start and at every tick whether something's time has come, until the signal aborts. */
export async function onSchedule(
  { name, ...expression }: { name: string; cron: string; timezone: string },
  { signal, log }: { signal: AbortSignal; log: Logger },
  run: (nextAfter: (now: number) => number) => Promise<unknown>,
): Promise<void> {
  let ticked = Promise.withResolvers<void>();
  const tick = () => {
    ticked.resolve();
    ticked = Promise.withResolvers();
  };
  using timer = cron({ expression: expression.cron, timezone: expression.timezone }, tick);
  signal.addEventListener("abort", tick, { once: true });
  while (!signal.aborted) {
    const next = ticked.promise;
    await run((now) => timer.nextAfter(now)).catch((error: unknown) =>
      log.error({ err: error, schedule: name }, "what is scheduled is tried again at the next tick"),
    );
    await next;
  }
}
