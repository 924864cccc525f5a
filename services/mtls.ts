import { once } from "node:events";
import { createServer } from "node:http";
import { admin } from "./admin.ts";
import type { MtlsConfig } from "./config.ts";
import { listen, type Log } from "./listen.ts";
import { tellOutcome } from "./outcome.ts";
import { pages } from "./pages.ts";
import { Peer, type Showing } from "./peer.ts";
import { Peers } from "./peers.ts";
import { RecentRefusals } from "./refusals.ts";
import { ReloadingIdentity } from "./reload.ts";
import { RotatingServer } from "./server.ts";
import { SteadyTraffic } from "./steady.ts";

const firstIdentityMs = 60_000;

/** Serves the app over mTLS with an identity that is replaced while it serves, until `stop`. */
export async function serveMtls(config: MtlsConfig, stop: AbortSignal, log: Log): Promise<void> {
  let server: RotatingServer | null = null;
  let peer: Peer | null = null;

  const identity = new ReloadingIdentity(
    config,
    { serverName: config.serverName, asClient: true },
    (material) => {
      server?.rotate(material);
      peer?.rotate(material);
    },
    (swap) => log(swap.outcome === "swapped" ? "swapped" : "swap-refused", swap),
  );
  process.on("SIGHUP", () => void identity.reload(true));
  const refusals = new RecentRefusals();
  const steady = new SteadyTraffic();
  const serving = () =>
    server && { served: server.served, connections: server.handshakes, open: server.openConnections };
  const mtls = {
    identityFile: config.identityFile,
    identity,
    refusals,
    callers: () => server?.callers ?? null,
    called: () => peer?.called ?? null,
  };
  const observed = { config, startedAt: Date.now(), steady, serving, mtls };
  const adminServer = createServer(admin(observed));
  const adminPort = await listen(adminServer, config.adminPort, "127.0.0.1");

  const material = await identity.first(firstIdentityMs, stop);
  const peers = new Peers(config.peers);
  if (config.peersFile !== null) await peers.follow(config.peersFile, stop);
  const calls = new Peer(config.peerServerName, Math.min(3_000, config.maxRequestMs), material);
  peer = calls;
  const tell = async (showing: Showing) => {
    const address = peers.next();
    if (address === null)
      return `${config.service} knows of no instance of ${calls.serverName} now.\nOutcome: not reached\n`;
    return tellOutcome(config.service, calls.serverName, address, showing, await calls.callFresh(address, showing));
  };
  server = new RotatingServer(material, config, pages(config.service, tell), (refusal) => {
    refusals.add(refusal);
    log("refused", refusal);
  });
  const port = await listen(server.https, config.port, config.host);
  if (config.reloadOn === "change") identity.watch(stop);
  log("listening", { service: config.service, instance: config.instance, port, adminPort, pid: process.pid });
  steady.start(config.steadyPerSecond, calls, peers);

  if (!stop.aborted) await once(stop, "abort");
  log("stopping");
  steady.stop();
  await server.stop(config.maxRequestMs);
  await calls.stop();
  adminServer.close();
  adminServer.closeAllConnections();
  log("stopped");
}
