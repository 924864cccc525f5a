import express, { type Express } from "express";
import type { Config } from "./config.ts";
import { facts } from "./identity.ts";
import { metrics } from "./metrics.ts";
import type { RecentRefusals } from "./refusals.ts";
import type { ReloadingIdentity } from "./reload.ts";
import type { RotatingServer } from "./server.ts";
import type { SteadyTraffic } from "./steady.ts";

export interface Observed {
  config: Pick<Config, "service" | "instance" | "identityFile">;
  startedAt: number;
  identity: ReloadingIdentity;
  refusals: RecentRefusals;
  steady: SteadyTraffic;
  /** null until the first identity has been loaded. */
  server: () => RotatingServer | null;
}

/** What an operator may see, on loopback only and read-only. */
export function admin(observed: Observed): Express {
  const { config, startedAt, identity, refusals, steady } = observed;
  const app = express().disable("x-powered-by").disable("etag");

  app.get("/healthz", (_request, response) => {
    const inUse = identity.current?.identity;
    const expired = inUse && inUse.notAfter < Date.now() ? "the certificate in use has expired" : null;
    const problem = [expired, identity.problem].filter((part) => part !== null).join("; ") || null;
    const healthy = inUse !== undefined && expired === null;
    response.status(healthy ? 200 : 503).json({
      status: healthy ? "ok" : "unhealthy",
      service: config.service,
      instance: config.instance,
      pid: process.pid,
      startedAt,
      identity: inUse ? { ...facts(inUse), names: inUse.names, loadedAt: identity.loadedAt } : null,
      problem,
    });
  });
  app.get("/swaps", (_request, response) => void response.json({ swaps: identity.swaps }));
  app.get("/refusals", (_request, response) => void response.json({ refusals: refusals.recent }));
  app.get("/traffic", (_request, response) => {
    const server = observed.server();
    response.json({
      fresh: steady.fresh,
      kept: steady.kept,
      served: server?.served ?? 0,
      connections: server?.handshakes ?? 0,
      rotations: identity.rotations,
    });
  });
  app.get("/metrics", (_request, response) => {
    response.type("text/plain; version=0.0.4").send(metrics(observed));
  });
  return app;
}
