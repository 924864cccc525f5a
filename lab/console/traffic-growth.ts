import type { Tally, TrafficSample } from "../traffic-count.ts";
import type { Flow, TrafficPoint, TrafficTotals } from "./frame.ts";

export const nothingYet: TrafficTotals = { requests: 0, failures: 0, causes: {} };

/**
 * What was sent between two readings of the counters, by source. One that could not be asked at either reading is left
 * out; one whose count fell was started again and counts from zero.
 */
function growthBySource(before: TrafficSample, after: TrafficSample): { source: string; grown: TrafficTotals }[] {
  const earlier = new Map(before.sources.map(({ name, count }) => [name, count]));
  return after.sources.flatMap(({ name, count }) => {
    const was = earlier.get(name);
    if (!was || !count) return [];
    return [{ source: name, grown: plus(tallyGrowth(was.fresh, count.fresh), tallyGrowth(was.kept, count.kept)) }];
  });
}

/** What all sources together sent between two readings. */
export const growth = (before: TrafficSample, after: TrafficSample): TrafficTotals =>
  growthBySource(before, after).reduce((sum, { grown }) => plus(sum, grown), nothingYet);

export function rate(before: TrafficSample, after: TrafficSample): TrafficPoint | null {
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return null;
  const { requests, failures } = growth(before, after);
  return { at: after.at, requests: requests / seconds, failures: failures / seconds };
}

/** What each source sent per second between two readings. */
export function flows(before: TrafficSample, after: TrafficSample): Flow[] {
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return [];
  return growthBySource(before, after).map(({ source, grown: { requests, failures } }) => ({
    source,
    ok: (requests - failures) / seconds,
    failed: failures / seconds,
  }));
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
