import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { APP_ID } from "../directory.ts";
import type { Outcome, Outgoing, Retry, Transport } from "./delivery.ts";
import { jsonOrNull } from "../json.ts";

const PING_EVERY_MS = 10_000;
const LARGEST_MESSAGE = 1 << 20;
const ENVELOPE = {
  command: "slash_commands",
  interactive: "interactive",
  options: "interactive",
  event: "events_api",
  url_verification: "events_api",
} as const;

const ackSchema = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

/** The Socket Mode connections of the bot. While one is open, Slack sends over it and not to the request URL. */
export class SocketMode implements Disposable {
  readonly #tickets = new Set<string>();
  readonly #server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: LARGEST_MESSAGE });
  readonly #connections = new Set<WebSocket>();
  /** Those that were asked to connect anew. */
  readonly #leaving = new WeakSet<WebSocket>();
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  readonly #pinging: NodeJS.Timeout;
  readonly #deadlineMs: number;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    this.#pinging = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, PING_EVERY_MS);
  }

  /** A ticket for one connection, to stand in the URL that `apps.connections.open` gives. */
  ticket(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return ticket;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? "/", "http://localhost").searchParams.get("ticket");
    if (ticket === null || !this.#tickets.delete(ticket)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#greet(connection));
  }

  #greet(connection: WebSocket): void {
    // As one Buffer, which is what binaryType "nodebuffer" delivers.
    connection.on("message", (data: Buffer) => this.#acknowledged(data.toString()));
    connection.on("close", () => this.#connections.delete(connection));
    // What ails a connection ends it; there is nothing to add.
    connection.on("error", () => {});
    this.#connections.add(connection);
    const hello = {
      type: "hello",
      num_connections: this.#connections.size,
      connection_info: { app_id: APP_ID },
      debug_info: { host: "stand-in", approximate_connection_time: 18_060 },
    };
    connection.send(JSON.stringify(hello));
  }

  /** Over which Slack sends, the latest last. */
  #taking(): WebSocket[] {
    return [...this.#connections].filter((connection) => !this.#leaving.has(connection));
  }

  /** How many connections take deliveries. */
  get open(): number {
    return this.#taking().length;
  }

  /** The way over an open connection, if there is one. */
  transport(): Transport | null {
    const connection = this.#taking().at(-1);
    return connection ? { name: "socket", send: (outgoing, retry) => this.#send(connection, outgoing, retry) } : null;
  }

  /** Asks the bot to connect anew in place of the connection in use, as Slack does of each every few hours; it sends nothing more over it. */
  refresh(): void {
    const connection = this.#taking().at(-1);
    if (connection === undefined) return;
    this.#leaving.add(connection);
    connection.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested" }));
  }

  async #send(connection: WebSocket, { kind, payload }: Outgoing, retry: Retry | null): Promise<Outcome> {
    const envelope_id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const timer = setTimeout(
      () => resolve({ status: null, error: "operation_timeout", body: null, noRetry: false }),
      this.#deadlineMs,
    );
    this.#waiting.set(envelope_id, (body) =>
      resolve({ status: null, error: null, body: emptyAsNull(body), noRetry: false }),
    );
    const envelope = {
      envelope_id,
      type: ENVELOPE[kind],
      payload,
      accepts_response_payload: kind !== "event",
      ...(kind === "event" ? { retry_attempt: retry?.number ?? 0, retry_reason: retry?.reason ?? "" } : {}),
    };
    connection.send(JSON.stringify(envelope));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(envelope_id);
    }
  }

  #acknowledged(text: string): void {
    const ack = ackSchema.safeParse(jsonOrNull(text));
    if (ack.success) this.#waiting.get(ack.data.envelope_id)?.(ack.data.payload);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#pinging);
    for (const connection of this.#connections) connection.terminate();
  }
}

function emptyAsNull(body: unknown): unknown {
  return typeof body === "object" && body !== null && Object.keys(body).length > 0 ? body : null;
}
