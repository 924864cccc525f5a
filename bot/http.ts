import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { once } from "node:events";
import { Failure } from "./errors.ts";

export interface Health {
  status: "ok" | "degraded" | "starting";
  [part: string]: unknown;
}

export interface HttpNeeds {
  /** 200 for `ok`, 503 for anything else. */
  health: () => Promise<Health>;
  metrics: () => Promise<string>;
  /** Slack's deliveries; null while there is nothing to check their signature with. */
  slack: () => RequestListener | null;
  /** /passkey and what is below it; null where certops.yaml has no passkeys. */
  passkeys: RequestListener | null;
}

export interface Http extends AsyncDisposable {
  port: number;
  /** Until this is called every request is answered by 503. */
  serve(needs: HttpNeeds): void;
}

/** The bot's one port: /healthz, /metrics, /slack/events and /passkey. Throws `port-taken`. */
export async function openHttp({ host, port }: { host: string; port: number }): Promise<Http> {
  let needs: HttpNeeds | null = null;
  let closed: Promise<unknown> | null = null;
  const server = createServer((request, response) => {
    if (needs === null) return answer(response, 503, "text/plain", "starting\n");
    route(needs, request, response).catch(() => answer(response, 500, "text/plain", "the bot could not answer\n"));
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.listen(port, host);
  await listening(server, `${host}:${port}`);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    serve(given) {
      needs = given;
    },
    async [Symbol.asyncDispose]() {
      closed ??= once(server.close(), "close");
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function listening(server: ReturnType<typeof createServer>, where: string): Promise<void> {
  try {
    await once(server, "listening");
  } catch (cause) {
    const taken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    throw new Failure(
      taken ? "port-taken" : "port-unusable",
      taken ? `${where} is taken by another program` : `${where} cannot be listened on`,
      `stop what listens there (ss -ltnp), or change http in certops.yaml`,
      { cause },
    );
  }
}

async function route(needs: HttpNeeds, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  if (path === "/slack/events") return deliver(needs, request, response);
  if (needs.passkeys !== null && /^\/passkey(?:\/|$)/.test(path ?? "")) return needs.passkeys(request, response);
  if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "text/plain", "only GET\n");
  if (path === "/healthz") {
    const health = await needs.health();
    return answer(response, health.status === "ok" ? 200 : 503, "application/json", `${JSON.stringify(health)}\n`);
  }
  if (path === "/metrics")
    return answer(response, 200, "text/plain; version=0.0.4; charset=utf-8", await needs.metrics());
  answer(response, 404, "text/plain", "there is /healthz, /metrics and /slack/events\n");
}

function deliver(needs: HttpNeeds, request: IncomingMessage, response: ServerResponse): void {
  const listener = needs.slack();
  if (request.method !== "POST") return answer(response, 405, "text/plain", "only POST\n");
  if (listener === null) return answer(response, 503, "text/plain", "not connected to Slack yet\n");
  listener(request, response);
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": type }).end(body);
}
