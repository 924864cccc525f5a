/**
 * The time as far as the store and time itself bear it out, in epoch milliseconds: what is deleted by a clock that was ahead does
 * not come back. Behind the clock it may be: what is kept a little longer hurts nobody.
 * @param known the time of the newest look that an earlier process left; null: there is none
 * @param passedMs since this process read that, by a clock that nobody sets
 */
export function believedTime(now: number, { known, passedMs }: { known: number | null; passedMs: number }): number {
  return known === null ? now : Math.min(now, known + passedMs);
}
