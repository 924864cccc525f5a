import { randomUUID } from "node:crypto";
import express, { type Express } from "express";
import { Refusal, reply, tellRefusal } from "./refusal.ts";
import { overallStatus, taskStatuses } from "./status-calls.ts";
import { TaskCalls } from "./task-calls.ts";
import type { Tasks } from "./tasks.ts";

/** The API of CTS 0.9.0: its calls, codes and messages, and its oddities. */
export function api(tasks: Tasks): Express {
  const app = express().disable("x-powered-by").disable("etag").enable("strict routing").set("query parser", "simple");
  const calls = new TaskCalls(tasks);

  app.use((request, response, next) => {
    response.locals["requestId"] = randomUUID();
    response.set({
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Headers": "Content-Type",
      "Access-Control-Allow-Methods": "GET, PUT, PATCH, POST, DELETE",
    });
    if (request.method === "OPTIONS") response.status(200).end();
    else next();
  });
  app.use(express.text({ type: () => true, limit: "10mb" }));

  app.get("/v1/health", (_request, response) => reply(response, 200, {}));
  app.all("/v1/health", (_request, response) => void response.status(405).end());
  app.get("/v1/status/cluster", () => {
    throw new Refusal(405, "this endpoint is only available with high availability configured", "newer");
  });
  app.use("/v1/status/tasks", (request, response) => taskStatuses(tasks, request, response));
  app.use("/v1/status", (request, response) => overallStatus(tasks, request, response));
  app.get("/v1/tasks", (_request, response) => calls.list(response));
  app.post("/v1/tasks", (request, response) => calls.create(request, response));
  app.get("/v1/tasks/:name", ({ params }, response) => calls.show(params.name, response));
  app.delete("/v1/tasks/:name", ({ params }, response) => calls.delete(params.name, response));
  app.use("/v1/tasks", (request, response) => calls.patch(request, response));
  app.use((_request, response) => void response.status(404).type("text/plain").end("404 page not found\n"));
  app.use(tellRefusal);
  return app;
}
