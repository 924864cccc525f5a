import type { Tally } from "../support/load.ts";

/** How long each of the ways is measured before the next has its turn. */
export const SLICE_MS = 3_000;

/** What workers saw in one turn. */
export interface Slice {
  fresh: Tally;
  kept: Tally;
  ms: number;
}

/** Measures the load while `work` goes on. */
export async function slice(work: (stop: AbortSignal) => Promise<Omit<Slice, "ms">>): Promise<Slice> {
  const start = performance.now();
  const tally = await work(AbortSignal.timeout(SLICE_MS));
  return { ...tally, ms: performance.now() - start };
}

/** Failed requests by code, of all slices together. */
export function failuresOf(slices: Slice[]): Record<string, number> {
  const failures: Record<string, number> = {};
  for (const tally of slices.flatMap(({ fresh, kept }) => [fresh, kept])) {
    for (const [code, count] of Object.entries(tally.failures)) failures[code] = (failures[code] ?? 0) + count;
  }
  return failures;
}

export const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** Milliseconds; NaN where nothing was measured. */
export function percentiles(latencies: number[]): { p50: number; p99: number } {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
