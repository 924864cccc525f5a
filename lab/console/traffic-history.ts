import type { LabStatus } from "../status.ts";
import type { TrafficCount, TrafficSample } from "../traffic-count.ts";
import type { Swap, TrafficPoint } from "./frame.ts";

/**
 * Requests per second between two readings of the counters. A source that could not be asked at either reading is left
 * out; one whose count fell was started again and counts from zero.
 */
export function pointBetween(before: TrafficSample, after: TrafficSample): TrafficPoint | null {
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return null;
  const earlier = new Map(before.sources.map(({ name, count }) => [name, count]));
  const pairs = after.sources.flatMap(({ name, count }) => {
    const was = earlier.get(name);
    return was && count ? [{ was, is: count }] : [];
  });
  const grown = (of: (count: TrafficCount) => number) =>
    pairs.reduce((sum, { was, is }) => sum + increase(of(was), of(is)), 0) / seconds;
  return { at: after.at, requests: grown(all), failures: grown(failed) };
}

/** The instances whose serial is another than the last one seen. The first sight of an instance is no swap. */
export function swapsBetween(seen: ReadonlyMap<string, string>, status: LabStatus, at: number): Swap[] {
  return status.instances.flatMap(({ instance, serial, generation }) => {
    const before = seen.get(instance);
    return serial !== null && before !== undefined && before !== serial ? [{ at, instance, serial, generation }] : [];
  });
}

const failed = ({ fresh, kept }: TrafficCount) => fresh.failed + kept.failed;
const all = (count: TrafficCount) => count.fresh.ok + count.kept.ok + failed(count);
const increase = (before: number, after: number) => (after >= before ? after - before : after);
