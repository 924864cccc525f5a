/** Work that was acknowledged and is not done yet: a stop waits for it. */
export interface Drain {
  track: <T>(work: Promise<T>) => Promise<T>;
  readonly inFlight: number;
  /** Waits until all is done, or until the deadline. Returns how much is left unfinished. */
  settle(deadlineMs: number): Promise<number>;
}

export function drain(): Drain {
  const works = new Set<Promise<unknown>>();
  return {
    track(work) {
      works.add(work);
      const forget = () => works.delete(work);
      work.then(forget, forget);
      return work;
    },
    get inFlight() {
      return works.size;
    },
    async settle(deadlineMs) {
      const deadline = AbortSignal.timeout(deadlineMs);
      const late = new Promise<void>((resolve) => deadline.addEventListener("abort", () => resolve(), { once: true }));
      // What is done may have begun more.
      while (works.size > 0 && !deadline.aborted) await Promise.race([Promise.allSettled(works), late]);
      return works.size;
    },
  };
}
