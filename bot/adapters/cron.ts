import { schedule } from "node-cron";

export interface Cron extends Disposable {
  /** The first run after that time, as the expression has it in its time zone. */
  nextAfter(now: number): number;
}

/**
 * Ticks when the expression says so, in its time zone, and every minute besides: a tick is lost while the process sleeps.
 * Whoever is called looks into the store for what is due. The expression is one that node-cron accepts.
 */
export function cron({ expression, timezone }: { expression: string; timezone: string }, tick: () => void): Cron {
  const tasks = [
    schedule(expression, tick, { timezone, suppressMissedWarning: true }),
    schedule("* * * * *", tick, { suppressMissedWarning: true }),
  ] as const;
  return {
    nextAfter(now) {
      // Right at a tick the first one may be that very tick.
      const next = tasks[0].getNextRuns(2).find((run) => run.getTime() > now);
      if (next === undefined) throw new RangeError(`${expression} never comes`);
      return next.getTime();
    },
    [Symbol.dispose]: () => {
      for (const task of tasks) void task.destroy();
    },
  };
}
