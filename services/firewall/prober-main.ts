import { prober } from "./prober.ts";
import { runGuarded } from "./run-guarded.ts";

await runGuarded((log) => prober(Date.now, log));
