/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const ONE_PRESS_MS = 500;
const ENDED_BY_CTRL_C = 130;

/**
 * Aborts when this process is asked to end: by Ctrl-C, `kill`, or the end of its terminal. A second Ctrl-C ends it at once.
 * With CERTOPS_TIED=1 the end of stdin ends it too, so that it never outlives the process that holds the other end.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  let pressed = Infinity;
  process.on("SIGINT", () => {
    if (performance.now() - pressed > ONE_PRESS_MS) endAtOnce();
    pressed = Math.min(pressed, performance.now());
  });
  if (process.env["CERTOPS_TIED"] === "1") process.stdin.on("end", stop).on("error", stop).resume().unref();
  return stopping.signal;
}

function endAtOnce(): never {
  process.stderr.write("\nEnded at once. `npm run lab -- down` clears what is left.\n");
  process.exit(ENDED_BY_CTRL_C);
}
