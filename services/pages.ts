import express, { type ErrorRequestHandler, type Express } from "express";
import type { Showing } from "./peer.ts";

const calls: Record<string, Showing> = {
  "/w-mtls": "mtls",
  "/wo-cert-mtls": "no-certificate",
  "/wo-ca-mtls": "no-ca",
};

/**
 * The public pages. `tell` calls the other service and tells what came of it: the answer is 200 whatever that was, for the
 * outcome is the page.
 */
export function pages(service: string, tell: (showing: Showing) => Promise<string>): Express {
  const app = express().disable("x-powered-by").disable("etag");
  app.get("/", (_request, response) => {
    response.type("text").send(`Hello from "${service}"\n`);
  });
  for (const [path, showing] of Object.entries(calls)) {
    app.get(path, async (_request, response) => void response.type("text").send(await tell(showing)));
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
