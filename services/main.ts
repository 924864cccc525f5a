import { readConfig } from "./config.ts";
import { serveMtls } from "./mtls.ts";
import { servePlain } from "./plain.ts";

function log(event: string, fields: object = {}): void {
  console.log(JSON.stringify({ at: Date.now(), event, ...fields }));
}

const config = readConfig(process.env);
if ("problems" in config) {
  console.error(
    `The environment is not right: ${config.problems.join("; ")}. services/README.md lists every variable.`,
  );
  process.exit(2);
}
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
try {
  if (config.way === "plain") await servePlain(config, stopping.signal, log);
  else await serveMtls(config, stopping.signal, log);
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted) process.exit(0);
  log("failed", { problem: (error as Error).message, code: (error as NodeJS.ErrnoException).code });
  process.exit(1);
}
