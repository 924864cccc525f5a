import express, { type Express } from "express";
import type { Log } from "../listen.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { tableState } from "./table.ts";

/** Tells what the router's table holds and what it counted, and what other tables do beside it. There is nothing else to ask for, and nothing that could be said. */
export function routerReader(list: () => Promise<string>, log: Log): Express {
  const read = oneAtATime(async () => tableState(await list()));

  const app = express().disable("x-powered-by").disable("etag");
  app.use((request, response, next) => {
    if (request.method === "GET") return next();
    response.status(405).set("allow", "GET").json({ error: "the router is only read here" });
  });
  app.get("/ruleset", async (_request, response) => {
    try {
      response.json(await read());
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log("unreadable", { problem });
      response.status(503).json({ error: `the router's table cannot be read: ${problem}` });
    }
  });
  app.use((_request, response) => void response.status(404).json({ error: "there is only /ruleset" }));
  return app;
}
