import { runUntilStopped } from "../run-until-stopped.ts";
import { readGuardedConfig } from "./config.ts";
import { serveGuarded } from "./guarded-server.ts";
import { listRuleset } from "./list-ruleset.ts";
import { routerReader } from "./router-reader.ts";

await runUntilStopped(readGuardedConfig(process.env), (config, stop, log) =>
  serveGuarded(config, routerReader(listRuleset, log), stop, log),
);
