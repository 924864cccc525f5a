import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import { Problem } from "../../vault-config/problem.ts";
import { apiRoutes } from "./api-routes.ts";
import { Courier } from "./delivery/courier.ts";
import type { Transport } from "./delivery/delivery.ts";
import { httpTransport } from "./delivery/http-transport.ts";
import { SocketMode } from "./delivery/socket-mode.ts";
import { humanRoutes } from "./human/routes.ts";
import type { Clock } from "./ids.ts";
import type { Manifest } from "./manifest.ts";
import type { Tokens } from "./web-api/call.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** How long Slack waits for an acknowledgement. */
const ACK_DEADLINE_MS = 3_000;
/** Slack sends an event again at once, after a minute and after five. */
const RETRY_DELAYS_MS = [0, 60_000, 300_000] as const;

export interface StandInOptions {
  /** 0 for any free one. */
  port: number;
  /** Where the bot takes requests, such as `http://127.0.0.1:3000/slack/events`. */
  botUrl: string;
  signingSecret: string;
  tokens: Tokens;
  consoleToken: string;
  manifest: Manifest;
  /** Slack's rate limits, enforced unless false. */
  rateLimits?: boolean;
  now?: Clock;
  ackDeadlineMs?: number;
  retryDelaysMs?: readonly number[];
}

export interface StandIn extends AsyncDisposable {
  /** Such as `http://127.0.0.1:3001`. */
  url: string;
  workspace: Workspace;
}

/** Starts the stand-in on the loopback address. Throws a Problem when the port is taken. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const { port, botUrl, signingSecret, tokens, consoleToken, manifest, now = Date.now } = options;
  const { ackDeadlineMs: deadlineMs = ACK_DEADLINE_MS, retryDelaysMs = RETRY_DELAYS_MS, rateLimits = true } = options;
  await using parts = new AsyncDisposableStack();
  const workspace = createWorkspace({ manifest, now, rateLimits });
  const socketMode = parts.use(new SocketMode(deadlineMs));
  const http = httpTransport({ url: botUrl, signingSecret, deadlineMs, now });
  const transport = (): Transport => socketMode.transport() ?? http;
  const courier = parts.use(new Courier({ transport, feed: workspace.feed, now, retryDelaysMs }));

  const app = express().disable("x-powered-by");
  const server = createServer(app);
  const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stage = { workspace, courier, origin: () => `http://${host()}` };

  app.use((request, response, next) => {
    // A page of another site that resolves its own name to this machine must not reach the workspace.
    const { host: asked } = request.headers;
    if (asked === host() || asked === host().replace("127.0.0.1", "localhost")) return next();
    response.status(421).json({ ok: false, code: "WRONG_HOST", message: `Nothing is served for ${asked}.` });
  });
  app.get("/healthz", (_request, response) => void response.json({ status: "ok", standIn: true }));
  app.use(
    apiRoutes({
      workspace,
      tokens,
      socketUrl: () => `ws://${host()}/link?ticket=${socketMode.ticket()}`,
      origin: stage.origin,
    }),
  );
  app.use("/workspace", humanRoutes({ stage, socketMode, consoleToken }));
  app.use((error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
    const { status = 500, message } = error;
    response.status(status).json({ ok: false, error: status < 500 ? "invalid_request" : "internal_error", message });
  });
  server.on("upgrade", (request, socket, head) => socketMode.accept(request, socket, head));

  await listen(server, port);
  parts.defer(async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    // The server waits for upgraded connections too, and knows nothing of them.
    socketMode[Symbol.dispose]();
    await closed;
  });
  const running = parts.move();
  return { url: stage.origin(), workspace, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new Problem(
      "PORT_TAKEN",
      `The stand-in cannot listen on port ${port}.`,
      `See who does with \`ss -ltnp 'sport = :${port}'\`, or give another PORT.`,
      { cause },
    );
  }
}
