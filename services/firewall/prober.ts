import express, { type ErrorRequestHandler, type Express } from "express";
import { z } from "zod";
import type { Log } from "../listen.ts";
import { openConnection, type Target } from "./connection.ts";
import { sendDatagram } from "./datagram.ts";
import { Grants } from "./grants.ts";
import { HeldFlows } from "./held-flows.ts";
import { grantBody, grantId, holdBody, tryBody } from "./prober-requests.ts";

const mostTries = 64;

/**
 * Tries connections out of its zone, for requests that granted it just these addresses and ports. It sends no data (of UDP
 * an empty datagram) and takes none; every try is logged with its grant.
 */
export function prober(clock: () => number, log: Log): Express {
  const grants = new Grants();
  const held = new HeldFlows();
  let tries = 0;

  const app = express().disable("x-powered-by").disable("etag");
  app.use(express.json({ limit: "16kb" }));

  app.put("/grants/:id", (request, response) => {
    const id = grantId.parse(request.params.id);
    const now = clock();
    const grant = grantBody(now).parse(request.body);
    if (!grants.put(id, grant, now)) return void response.status(429).json({ error: "too many grants" });
    held.withdraw((target) => grants.until(target, clock()) !== null);
    log("granted", { grant: id, ...grant });
    response.status(204).end();
  });

  app.delete("/grants/:id", (request, response) => {
    const id = grantId.parse(request.params.id);
    grants.delete(id);
    held.withdraw((target) => target.grant !== id);
    log("withdrawn", { grant: id });
    response.status(204).end();
  });

  app.post("/tries", async (request, response) => {
    const { deadlineMs, ...target } = tryBody.parse(request.body);
    if (grants.until(target, clock()) === null) {
      log("try-refused", target);
      return void response.status(403).json({ error: notGranted(target) });
    }
    if (tries >= mostTries) return void response.status(429).json({ error: `${mostTries} are being tried already` });
    tries += 1;
    const began = performance.now();
    try {
      const outcome = await (target.protocol === "udp" ? sendDatagram : connectOnce)(target, deadlineMs);
      const tookMs = Math.round(performance.now() - began);
      log("tried", { ...target, outcome, tookMs });
      response.json({ outcome, tookMs });
    } finally {
      tries -= 1;
    }
  });

  app.post("/held", async (request, response) => {
    const { deadlineMs, ...target } = holdBody.parse(request.body);
    if (grants.until(target, clock()) === null) {
      log("hold-refused", target);
      return void response.status(403).json({ error: notGranted(target) });
    }
    const room = held.reserve();
    if (room === null) return void response.status(429).json({ error: "too many connections are held already" });
    try {
      const { outcome, socket } = await openConnection(target, deadlineMs);
      // The grant may have gone in the meantime.
      const now = clock();
      const until = grants.until(target, now);
      log("held", { ...target, outcome });
      if (socket === null) return void response.status(409).json({ error: "it did not come to be", outcome });
      if (until === null) {
        socket.destroy();
        return void response.status(403).json({ error: notGranted(target) });
      }
      response.status(201).json({ id: held.keep(target, socket, { until, now }) });
    } finally {
      room.release();
    }
  });

  app.get("/held/:id", (request, response) => {
    const state = held.state(request.params.id);
    if (state === null) return void response.status(404).json({ error: "no such connection is held" });
    response.json(state);
  });

  app.delete("/held/:id", (request, response) => {
    held.release(request.params.id);
    response.status(204).end();
  });

  app.use((_request, response) => void response.status(404).json({ error: "there is nothing of that name" }));
  app.use(failed(log));
  return app;
}

async function connectOnce(target: Target, deadlineMs: number) {
  const { outcome, socket } = await openConnection(target, deadlineMs);
  socket?.destroy();
  return outcome;
}

const notGranted = ({ grant, address, port }: { grant: string; address: string; port: number }) =>
  `the grant ${grant} does not cover ${address} port ${port}`;

const badRequest = z.object({ status: z.int().min(400).max(499), message: z.string() });

/** What does not have the form of a request, and what failed here: never a stack. */
function failed(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof z.ZodError) return void response.status(400).json({ error: z.prettifyError(error) });
    const { data } = badRequest.safeParse(error);
    if (data !== undefined) return void response.status(data.status).json({ error: data.message });
    const { code, message } = error as NodeJS.ErrnoException;
    log("failed", { code, problem: message });
    response.status(503).json({ error: `the prober itself failed: ${code ?? message}` });
  };
}
