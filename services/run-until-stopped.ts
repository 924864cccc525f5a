import type { Log } from "./listen.ts";

/**
 * The whole life of a process that serves: what happens is a line of JSON on stdout. Exit code 0 after SIGTERM or SIGINT, 2 for a
 * wrong environment, 1 for what failed.
 */
export async function runUntilStopped<Config extends object>(
  config: Config | { problems: string[] },
  serve: (config: Config, stop: AbortSignal, log: Log) => Promise<void>,
): Promise<never> {
  const log: Log = (event, fields = {}) => console.log(JSON.stringify({ at: Date.now(), event, ...fields }));
  if ("problems" in config) {
    console.error(
      `The environment is not right: ${config.problems.join("; ")}. services/README.md lists every variable.`,
    );
    process.exit(2);
  }
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
  try {
    await serve(config, stopping.signal, log);
    process.exit(0);
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    log("failed", { problem: (error as Error).message, code: (error as NodeJS.ErrnoException).code });
    process.exit(1);
  }
}
