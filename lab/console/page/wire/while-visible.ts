const AGAIN_MS = 1_000;

/**
 * Holds a stream only while its tab is looked at: a browser grants six connections to all the tabs of a host together.
 * A browser gives a stream up for good once it was answered by an error; this one is opened again.
 */
export function whileVisible(open: () => EventSource): void {
  let source: EventSource | null = null;
  const begin = () => {
    const opened = open();
    opened.addEventListener("error", () => {
      if (opened.readyState !== EventSource.CLOSED) return;
      setTimeout(() => source === opened && begin(), AGAIN_MS);
    });
    source = opened;
  };
  const follow = () => {
    if (!document.hidden) {
      if (source === null) begin();
      return;
    }
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
