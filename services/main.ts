import { readConfig } from "./config.ts";
import { serveMtls } from "./mtls.ts";
import { servePlain } from "./plain.ts";
import { runUntilStopped } from "./run-until-stopped.ts";

await runUntilStopped(readConfig(process.env), (config, stop, log) =>
  config.way === "plain" ? servePlain(config, stop, log) : serveMtls(config, stop, log),
);
