import { pipeline } from "node:stream/promises";
import express, { type Request, type Response, Router } from "express";
import { request as send } from "undici";

const DEADLINE_MS = 15_000;

/** The Slack stand-in's address, and the bearer token by which it lets the console act for people. */
export interface StandIn {
  url: string;
  token: string;
}

/** Passes /workspace/* on to the Slack stand-in under the console's own bearer token, which the page never sees. */
export function workspaceProxy({ url, token }: StandIn): Router {
  const router = Router();
  router.use("/workspace", express.raw({ type: () => true, limit: "256kb" }), async (request, response) => {
    const answer = await forward(request, response).catch(() => null);
    if (answer === null) {
      const hint = "See which process is down with `npm run lab -- status`; the lab starts it again by itself.";
      response.status(502).json({ code: "STAND_IN_DOWN", message: "The Slack stand-in does not answer.", hint });
      return;
    }
    response.writeHead(answer.statusCode, {
      "content-type": String(answer.headers["content-type"] ?? "application/json"),
    });
    await pipeline(answer.body, response).catch(() => response.destroy());
  });

  function forward(request: Request, response: Response) {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const streams = request.path === "/events";
    const hasBody = Buffer.isBuffer(request.body) && request.body.length > 0;
    return send(new URL(request.originalUrl, url), {
      method: request.method === "POST" ? "POST" : "GET",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: gone.signal,
      headersTimeout: DEADLINE_MS,
      bodyTimeout: streams ? 0 : DEADLINE_MS,
      body: hasBody ? request.body : null,
    });
  }
  return router;
}
