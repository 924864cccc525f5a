import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { admin } from "./admin.ts";
import { closeAfter } from "./close-after.ts";
import type { PlainConfig } from "./config.ts";
import { listen, type Log } from "./listen.ts";
import { pages } from "./pages.ts";
import type { Showing } from "./peer.ts";
import { SteadyTraffic } from "./steady.ts";
import { Upstream } from "./upstream.ts";
import { tellNotOurs, tellUpstream } from "./upstream-outcome.ts";

/**
 * Serves the app without TLS, to its sidecar on this machine alone, and calls the other service through that sidecar, until `stop`.
 * The sidecars do what the other way does itself: certificates, trust, rotation.
 */
export async function servePlain(config: PlainConfig, stop: AbortSignal, log: Log): Promise<void> {
  const { service, peerService, peerAddress, maxRequestMs } = config;
  const upstream = new Upstream(peerService, Math.min(3_000, maxRequestMs));
  const steady = new SteadyTraffic();
  const tell = async (showing: Showing) => {
    if (showing !== "mtls") return tellNotOurs(service, showing);
    const { result } = await upstream.callFresh(peerAddress);
    return tellUpstream(service, peerService, peerAddress, result);
  };
  const serving = { served: 0, connections: 0, open: 0 };
  const unanswered = new Set<ServerResponse>();
  const app = pages(service, tell);
  const server = createServer(
    {
      headersTimeout: maxRequestMs,
      requestTimeout: maxRequestMs,
      connectionsCheckingInterval: 500,
      // The sidecar keeps its connections and ends them itself: one that we ended could cross with its next request.
      keepAliveTimeout: 0,
    },
    (request, response) => {
      serving.served++;
      unanswered.add(response);
      response.once("close", () => unanswered.delete(response));
      if (stop.aborted) closeAfter(response);
      app(request, response);
    },
  ).on("connection", (socket) => {
    serving.connections++;
    serving.open++;
    socket.once("close", () => serving.open--);
  });
  const adminServer = createServer(
    admin({ config, startedAt: Date.now(), steady, serving: () => serving, mtls: null }),
  );
  const adminPort = await listen(adminServer, config.adminPort, "127.0.0.1");
  const port = await listen(server, config.port, config.host);
  log("listening", { service, instance: config.instance, port, adminPort, pid: process.pid });
  steady.start(config.steadyPerSecond, upstream, { known: [peerAddress] });

  if (!stop.aborted) await once(stop, "abort");
  log("stopping");
  steady.stop();
  unanswered.forEach(closeAfter);
  const late = setTimeout(() => server.closeAllConnections(), maxRequestMs);
  await new Promise((closed) => server.close(closed));
  clearTimeout(late);
  await upstream.stop();
  adminServer.close();
  adminServer.closeAllConnections();
  log("stopped");
}
