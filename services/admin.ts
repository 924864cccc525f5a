import express, { type Express } from "express";
import { facts } from "./facts.ts";
import { metrics } from "./metrics.ts";
import type { Callers } from "./callers.ts";
import type { RecentRefusals } from "./refusals.ts";
import type { ReloadingIdentity } from "./reload.ts";
import type { SteadyTraffic } from "./steady.ts";

export interface Observed {
  config: { service: string; instance: string };
  startedAt: number;
  steady: SteadyTraffic;
  /** Counted since the start, save `open`, the connections now; null until it serves. */
  serving: () => { served: number; connections: number; open: number } | null;
  /** null where the sidecar does all that. */
  mtls: {
    identityFile: string;
    identity: ReloadingIdentity;
    refusals: RecentRefusals;
    /** null until it serves. */
    callers: () => Callers | null;
    /** The other service and when it was called last, epoch milliseconds; null: not yet. */
    called: () => { name: string; lastAt: number } | null;
  } | null;
}

/** What an operator may see, on loopback only and read-only. */
export function admin(observed: Observed): Express {
  const { config, startedAt, steady, mtls } = observed;
  const app = express().disable("x-powered-by").disable("etag");

  app.get("/healthz", (_request, response) => {
    const { healthy, ...told } = mtls === null ? noIdentity : healthOf(mtls.identity);
    response.status(healthy ? 200 : 503).json({
      status: healthy ? "ok" : "unhealthy",
      way: mtls === null ? "plain" : "mtls",
      service: config.service,
      instance: config.instance,
      pid: process.pid,
      startedAt,
      ...told,
    });
  });
  app.get("/swaps", (_request, response) => void response.json({ swaps: mtls?.identity.swaps ?? [] }));
  app.get("/refusals", (_request, response) => void response.json({ refusals: mtls?.refusals.recent ?? [] }));
  app.get("/revoked", ({ query }, response) => {
    const lists = mtls?.identity.current?.crls ?? [];
    const asked = [query["serial"]].flat().filter((serial) => typeof serial === "string");
    const named = asked.filter((serial) => lists.some(({ serials }) => serials.has(colons(serial))));
    response.json({ checks: lists.length > 0, named });
  });
  app.get("/traffic", (_request, response) => {
    const serving = observed.serving();
    response.json({
      fresh: steady.fresh,
      kept: steady.kept,
      served: serving?.served ?? 0,
      connections: serving?.connections ?? 0,
      rotations: mtls?.identity.rotations ?? 0,
    });
  });
  app.get("/metrics", (_request, response) => {
    response.type("text/plain; version=0.0.4").send(metrics(observed));
  });
  return app;
}

const colons = (serial: string) =>
  serial
    .toLowerCase()
    .replaceAll(":", "")
    .replaceAll(/(..)(?=.)/g, "$1:");

const noIdentity = { healthy: true, identity: null, problem: null };

function healthOf(identity: ReloadingIdentity) {
  const inUse = identity.current?.identity;
  const expired = inUse && inUse.notAfter < Date.now() ? "the certificate in use has expired" : null;
  return {
    healthy: inUse !== undefined && expired === null,
    identity: inUse ? { ...facts(inUse), names: inUse.names, loadedAt: identity.loadedAt } : null,
    problem: [expired, identity.problem].filter((part) => part !== null).join("; ") || null,
  };
}
