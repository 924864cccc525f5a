import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { admin } from "./admin.ts";
import { readConfig, type Config } from "./config.ts";
import { pages } from "./pages.ts";
import { Peer } from "./peer.ts";
import { RecentRefusals } from "./refusals.ts";
import { ReloadingIdentity } from "./reload.ts";
import { RotatingServer } from "./server.ts";
import { SteadyTraffic } from "./steady.ts";

const firstIdentityMs = 60_000;

function log(event: string, fields: object = {}): void {
  console.log(JSON.stringify({ at: Date.now(), event, ...fields }));
}

async function run(config: Config, stop: AbortSignal): Promise<void> {
  let server: RotatingServer | null = null;
  let peer: Peer | null = null;

  const identity = new ReloadingIdentity(
    config,
    config.serverName,
    (material) => {
      server?.rotate(material);
      peer?.rotate(material);
    },
    (swap) => log(swap.outcome === "swapped" ? "swapped" : "swap-refused", swap),
  );
  process.on("SIGHUP", () => void identity.reload(true));
  const refusals = new RecentRefusals();
  const steady = new SteadyTraffic();
  const observed = { config, startedAt: Date.now(), identity, refusals, steady, server: () => server };
  const adminServer = createServer(admin(observed));
  const adminPort = await listen(adminServer, config.adminPort, "127.0.0.1");

  const material = await identity.first(firstIdentityMs, stop);
  let turn = 0;
  const nextPeer = () => config.peers[turn++ % config.peers.length] ?? { host: "", port: 0 };
  peer = new Peer(config.peerServerName, Math.min(3_000, config.maxRequestMs), material);
  server = new RotatingServer(material, config, pages(config.service, peer, nextPeer), (refusal) => {
    refusals.add(refusal);
    log("refused", refusal);
  });
  const port = await listen(server.https, config.port, config.host);
  identity.watch(stop);
  log("listening", { service: config.service, instance: config.instance, port, adminPort, pid: process.pid });
  steady.start(config.steadyPerSecond, peer, config.peers);

  if (!stop.aborted) await once(stop, "abort");
  log("stopping");
  steady.stop();
  await server.stop(config.maxRequestMs);
  await peer.stop();
  adminServer.close();
  adminServer.closeAllConnections();
  log("stopped");
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
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
  await run(config, stopping.signal);
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted) process.exit(0);
  log("failed", { problem: (error as Error).message, code: (error as NodeJS.ErrnoException).code });
  process.exit(1);
}
