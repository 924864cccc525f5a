/**
 * Aborts when this process is asked to end: by Ctrl-C, `kill`, or the end of its terminal.
 * With CERTOPS_TIED=1 the end of stdin ends it too, so that it never outlives the process that holds the other end.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  if (process.env["CERTOPS_TIED"] === "1") process.stdin.on("end", stop).on("error", stop).resume().unref();
  return stopping.signal;
}
