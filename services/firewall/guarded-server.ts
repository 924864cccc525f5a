import { once } from "node:events";
import type { RequestListener } from "node:http";
import { listen, type Log } from "../listen.ts";
import { ReloadingIdentity } from "../reload.ts";
import { RotatingServer } from "../server.ts";
import type { GuardedConfig } from "./config.ts";
import { onlyFor } from "./one-caller.ts";

const firstIdentityMs = 60_000;
/** Longer than anything that is asked here takes. */
const rules = { clientCert: "required", keepAliveMs: 5_000, maxRequestMs: 15_000 } as const;

/** Serves the app to its one caller over mTLS, with an identity that is replaced while it serves, until `stop`. */
export async function serveGuarded(
  config: GuardedConfig,
  app: RequestListener,
  stop: AbortSignal,
  log: Log,
): Promise<void> {
  let server: RotatingServer | null = null;
  const identity = new ReloadingIdentity(
    config,
    { serverName: config.serverName, asClient: false },
    (material) => server?.rotate(material),
    (swap) => log(swap.outcome === "swapped" ? "swapped" : "swap-refused", swap),
  );
  const material = await identity.first(firstIdentityMs, stop);
  server = new RotatingServer(material, rules, onlyFor(config.caller, app, log), (refusal) => log("refused", refusal));
  const port = await listen(server.https, config.port, config.host);
  identity.watch(stop);
  log("listening", { name: config.serverName, port, pid: process.pid });

  if (!stop.aborted) await once(stop, "abort");
  await server.stop(rules.maxRequestMs);
  log("stopped");
}
