import type { RequestListener } from "node:http";
import type { Log } from "../listen.ts";
import { readGuardedConfig } from "./config.ts";
import { serveGuarded } from "./guarded-server.ts";

/** The whole life of such a process: exit code 0 after SIGTERM or SIGINT, 2 for a wrong environment, 1 for what failed. */
export async function runGuarded(appFor: (log: Log) => RequestListener): Promise<never> {
  const log: Log = (event, fields = {}) => console.log(JSON.stringify({ at: Date.now(), event, ...fields }));
  const config = readGuardedConfig(process.env);
  if ("problems" in config) {
    console.error(
      `The environment is not right: ${config.problems.join("; ")}. services/README.md lists every variable.`,
    );
    process.exit(2);
  }
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
  try {
    await serveGuarded(config, appFor(log), stopping.signal, log);
    process.exit(0);
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    log("failed", { problem: (error as Error).message, code: (error as NodeJS.ErrnoException).code });
    process.exit(1);
  }
}
