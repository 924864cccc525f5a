import type { Tally, TrafficSample } from "../traffic-count.ts";
import type { TrafficPoint, TrafficTotals } from "./frame.ts";

export const nothingYet: TrafficTotals = { requests: 0, failures: 0, causes: {} };

/**
 * What was sent between two readings of the counters. A source that could not be asked at either reading is left out;
 * one whose count fell was started again and counts from zero.
 */
export function growth(before: TrafficSample, after: TrafficSample): TrafficTotals {
  const earlier = new Map(before.sources.map(({ name, count }) => [name, count]));
  return after.sources.reduce((sum, { name, count }) => {
    const was = earlier.get(name);
    if (!was || !count) return sum;
    return plus(plus(sum, tallyGrowth(was.fresh, count.fresh)), tallyGrowth(was.kept, count.kept));
  }, nothingYet);
}

export function rate(before: TrafficSample, after: TrafficSample): TrafficPoint | null {
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return null;
  const { requests, failures } = growth(before, after);
  return { at: after.at, requests: requests / seconds, failures: failures / seconds };
}

export function plus(one: TrafficTotals, other: TrafficTotals): TrafficTotals {
  const causes = { ...one.causes };
  for (const [cause, count] of Object.entries(other.causes)) causes[cause] = (causes[cause] ?? 0) + count;
  return { requests: one.requests + other.requests, failures: one.failures + other.failures, causes };
}

function tallyGrowth(was: Tally, is: Tally): TrafficTotals {
  const began = is.ok < was.ok || is.failed < was.failed;
  const grown = (from: number, to: number) => (began ? to : to - from);
  const failures = grown(was.failed, is.failed);
  const causes = Object.entries(is.causes).map(
    ([cause, count]) => [cause, grown(was.causes[cause] ?? 0, count)] as const,
  );
  return {
    requests: grown(was.ok, is.ok) + failures,
    failures,
    causes: Object.fromEntries(causes.filter(([, count]) => count > 0)),
  };
}
