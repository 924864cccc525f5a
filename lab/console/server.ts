import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import { Problem } from "../../vault-config/problem.ts";
import type { LabState } from "../state.ts";
import { startFeed } from "./feed.ts";
import { guard } from "./guard.ts";
import { type LabControl, labRoutes } from "./lab-routes.ts";
import { pageFiles } from "./page-files.ts";
import { rotate } from "./rotate.ts";
import { workspaceProxy } from "./workspace-proxy.ts";

export interface ConsoleOptions {
  /** 0 picks a free one. */
  port: number;
  control: LabControl;
  state: { urls: Pick<LabState["urls"], "slack">; slack: Pick<LabState["slack"], "consoleToken" | "channel"> };
}

/** Serves the console on loopback. Fails with `PORT_TAKEN` when the port is in use. */
export async function startConsole({
  port,
  control,
  state,
}: ConsoleOptions): Promise<AsyncDisposable & { url: string }> {
  const token = randomBytes(24).toString("base64url");
  const app = express().disable("x-powered-by");
  const server = createServer(app);
  const listening = () => (server.address() as AddressInfo).port;
  const feed = startFeed(control);
  const standIn = { url: state.urls.slack, token: state.slack.consoleToken, channel: state.slack.channel.id };

  app.use(guard({ port: listening, token }));
  app.use(pageFiles(token));
  app.use(workspaceProxy(standIn));
  app.use(labRoutes({ control, feed, rotate: (service) => rotate(service, standIn) }));
  app.use((_request, response) => {
    response.status(404).json({ code: "NOT_FOUND", message: "The console has no such page.", hint: "Open / instead." });
  });
  app.use(renderProblem);

  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (cause) {
    await feed[Symbol.asyncDispose]();
    throw new Problem(
      "PORT_TAKEN",
      `The console cannot listen on port ${port}.`,
      "Stop what uses it, or start with --free-ports.",
      { cause },
    );
  }
  return {
    url: `http://localhost:${listening()}`,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function renderProblem(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(error);
  if (error instanceof Problem) {
    const { code, message, hint } = error;
    response.status(409).json({ code, message, hint });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  response.status(500).json({ code: "CONSOLE_FAILED", message, hint: "Look at `npm run lab -- status`." });
}
