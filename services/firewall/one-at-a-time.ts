/**
 * Never two of them at once. Whoever asks while one is going on gets the next, which begins after it was asked for;
 * all who wait share it.
 */
export function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;
  const begin = (): Promise<T> => {
    next = null;
    return work();
  };
  return () => {
    next ??= running.then(begin, begin);
    running = next;
    return next;
  };
}
