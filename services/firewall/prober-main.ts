import { runUntilStopped } from "../run-until-stopped.ts";
import { readGuardedConfig } from "./config.ts";
import { serveGuarded } from "./guarded-server.ts";
import { prober } from "./prober.ts";

await runUntilStopped(readGuardedConfig(process.env), (config, stop, log) =>
  serveGuarded(config, prober(Date.now, log), stop, log),
);
