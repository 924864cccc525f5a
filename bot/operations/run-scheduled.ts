import type { Clock } from "./ports.ts";
import type { Schedules } from "./store-ports.ts";

export interface ScheduledNeeds {
  schedules: Schedules;
  clock: Clock;
  /** The run after that time. */
  nextAfter: (now: number) => number;
}

/** What runs at the times of a cron expression in a time zone. */
export interface Schedule {
  name: string;
  cron: string;
  timezone: string;
}

/**
 * Does what is scheduled if its time has come. Called at start and at every tick: a run that was slept through is made up
 * for once, and of several callers one does it. Returns whether it was this one.
 */
export async function runScheduled(
  { schedules, clock, nextAfter }: ScheduledNeeds,
  { name, cron, timezone }: Schedule,
  run: (now: number) => Promise<Parameters<Schedules["claim"]>[3]>,
): Promise<boolean> {
  const now = clock();
  const next = nextAfter(now);
  if (!(await schedules.due({ name, expression: `${cron} ${timezone}` }, now, next))) return false;
  return schedules.claim(name, now, next, await run(now));
}
