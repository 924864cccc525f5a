import express, { type ErrorRequestHandler, type Express } from "express";
import { tellOutcome } from "./outcome.ts";
import type { Address, Peer, Showing } from "./peer.ts";

const calls: Record<string, Showing> = {
  "/w-mtls": "mtls",
  "/wo-cert-mtls": "no-certificate",
  "/wo-ca-mtls": "no-ca",
};

/** The public pages. The calls to the other service answer 200 whatever came of them: the outcome is the page. */
export function pages(service: string, peer: Peer, nextPeer: () => Address): Express {
  const app = express().disable("x-powered-by").disable("etag");
  app.get("/", (_request, response) => {
    response.type("text").send(`Hello from "${service}"\n`);
  });
  for (const [path, showing] of Object.entries(calls)) {
    app.get(path, async (_request, response) => {
      const address = nextPeer();
      const answer = await peer.callFresh(address, showing);
      response.type("text").send(tellOutcome(service, peer.serverName, address, showing, answer));
    });
  }
  app.use((_request, response) => {
    response
      .status(404)
      .type("text")
      .send(`Not here. Try / ${Object.keys(calls).join(" ")}\n`);
  });
  const failed: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
    response
      .status(error.status ?? 500)
      .type("text")
      .send("That request cannot be served.\n");
  };
  app.use(failed);
  return app;
}
