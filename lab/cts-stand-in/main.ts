import { parseArgs } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import { readSettings } from "./config-file.ts";
import { messageOf } from "./events.ts";
import { log } from "./log.ts";
import { terraformRange } from "./root-module.ts";
import { startStandIn } from "./stand-in.ts";

const VERSION = "0.9.0";
const WHAT = `certops' stand-in for Consul-Terraform-Sync ${VERSION}, not HashiCorp's program`;

/** As CTS ends. A Consul that does not answer counts as a wrong configuration there. */
const exit = { fine: 0, failed: 11, call: 13, config: 15, driver: 16 };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    // CTS takes its options with one dash or two.
    args: process.argv.slice(2).map((arg) => arg.replace(/^-(?=[a-z]{2})/, "--")),
    options: { "config-file": { type: "string" }, version: { type: "boolean", short: "v" } },
    allowPositionals: true,
  });
  if (values.version) {
    console.log(`consul-terraform-sync ${VERSION} (${WHAT})\nCompatible with Terraform ${terraformRange}`);
    return exit.fine;
  }
  const file = values["config-file"];
  if (positionals.join(" ") !== "start" || file === undefined) {
    console.error("Usage: main.ts start -config-file=FILE.json | --version");
    return exit.call;
  }
  log("INFO", `cli: ${VERSION}`);
  log("WARN", `cli: this is ${WHAT}`);
  const settings = readSettings(file);

  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) =>
    stop.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await using standIn = await startStandIn(settings, log, stop.signal);
  await standIn.runConfigured(stop.signal);
  log("INFO", "ctrl: start task monitoring");
  await stopped;
  log("INFO", "cli: graceful shutdown");
  return exit.fine;
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof Problem)) return exit.failed;
  if (error.code.startsWith("TERRAFORM_")) return exit.driver;
  return error.code === "PORT_TAKEN" ? exit.failed : exit.config;
}

try {
  process.exitCode = await main();
} catch (error) {
  log("ERROR", `cli: ${messageOf(error)}`);
  if (error instanceof Problem) console.error(error.hint);
  process.exitCode = exitCodeOf(error);
}
