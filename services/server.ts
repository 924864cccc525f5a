import type { X509Certificate } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Callers } from "./callers.ts";
import { closeAfter } from "./close-after.ts";
import { describe, tlsOptions, type Material } from "./identity.ts";
import { refusalOf, type Refusal } from "./refusals.ts";
import { isRevoked } from "./revocation-list.ts";

export interface ServerRules {
  clientCert: "optional" | "required";
  keepAliveMs: number;
  maxRequestMs: number;
}

/** Node keeps an idle connection this much longer than it announces, so that a client's last-moment request is not cut off. */
const keepAliveBufferMs = 1_000;

interface Connection {
  /** How many swaps this server had seen when the connection came in. */
  generation: number;
  /** When the client's certificate ends, epoch milliseconds. */
  clientNotAfter: number;
  /** By its certificate; null when it presented none that holds. */
  caller: string | null;
  /** Set when the client presented a certificate that does not hold, and the handshake let it through. */
  refusal: Refusal | null;
  open: Set<ServerResponse>;
}

/**
 * An https server whose identity is replaced while it serves. A handshake after the swap gets the new identity. A connection from
 * before it says `Connection: close` with its next response, an idle one ends at the announced keep-alive time-out, and whatever is
 * left is cut: none outlives the swap by more than `bound` milliseconds.
 */
export class RotatingServer {
  readonly https: Server;
  readonly bound: number;
  readonly callers = new Callers();
  handshakes = 0;
  served = 0;
  #generation = 0;
  #material: Material;
  readonly #connections = new Map<Socket, Connection>();
  readonly #accepted = new WeakMap<Socket, { address: string; port: number; generation: number }>();
  /** Those that have not shaken hands yet. */
  readonly #unproven = new Set<Socket>();
  #stopping = false;

  constructor(material: Material, rules: ServerRules, app: RequestListener, onRefusal: (refusal: Refusal) => void) {
    this.#material = material;
    this.bound = rules.keepAliveMs + keepAliveBufferMs + rules.maxRequestMs;
    this.https = createServer(
      {
        ...tlsOptions(material),
        requestCert: true,
        rejectUnauthorized: rules.clientCert === "required",
        handshakeTimeout: rules.maxRequestMs,
        headersTimeout: rules.maxRequestMs,
        requestTimeout: rules.maxRequestMs,
        keepAliveTimeout: rules.keepAliveMs,
        keepAliveTimeoutBuffer: keepAliveBufferMs,
        connectionsCheckingInterval: 500,
      },
      (request, response) => this.#serve(request, response, app),
    );

    this.https.prependListener("connection", (raw: Socket) => {
      this.#unproven.add(raw);
      raw.once("close", () => this.#unproven.delete(raw));
      this.#accepted.set(raw, {
        address: raw.remoteAddress ?? "",
        port: raw.remotePort ?? 0,
        generation: this.#generation,
      });
    });
    this.https.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      // Who said nothing was refused nothing: it looked whether the port is open, as a TCP health check does.
      if (plainOf(socket)?.bytesRead === 0) return;
      const { address = "", port = 0 } = this.#acceptedAs(socket) ?? {};
      const code = String(socket.authorizationError ?? error.code);
      onRefusal(refusalOf(code, { address, port }, null));
    });
    this.https.prependListener("secureConnection", (socket) => {
      const plain = plainOf(socket);
      if (plain) this.#unproven.delete(plain);
      const { address = "", port = 0, generation = this.#generation } = this.#acceptedAs(socket) ?? {};
      const leaf = socket.getPeerX509Certificate();
      const presented = leaf ? describe(leaf) : null;
      const code = leaf ? this.#objection(socket, leaf) : null;
      const refusal = code === null ? null : refusalOf(code, { address, port }, presented);
      if (refusal) onRefusal(refusal);

      this.handshakes++;
      this.#connections.set(socket, {
        generation,
        clientNotAfter: presented?.notAfter ?? Infinity,
        caller: presented && refusal === null ? (presented.names[0] ?? presented.subject) : null,
        refusal,
        open: new Set(),
      });
      socket.once("close", () => this.#connections.delete(socket));
    });
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  rotate(material: Material): void {
    this.#material = material;
    this.https.setSecureContext(tlsOptions(material));
    const generation = ++this.#generation;
    for (const { open } of this.#connections.values()) open.forEach(closeAfter);

    setTimeout(() => {
      for (const [socket, connection] of this.#connections) if (connection.generation < generation) socket.destroy();
    }, this.bound).unref();
  }

  /** Ends when the requests in flight are answered, at the latest after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    for (const { open } of this.#connections.values()) open.forEach(closeAfter);
    // Nomad's TCP check leaves its connections open: they would be waited for until their handshake is overdue.
    for (const plain of this.#unproven) if (plain.bytesRead === 0) plain.destroy();
    const timer = setTimeout(() => this.https.closeAllConnections(), deadlineMs);
    await new Promise((closed) => this.https.close(closed));
    clearTimeout(timer);
  }

  /** Why the certificate does not hold; null: it does. */
  #objection(socket: TLSSocket, leaf: X509Certificate): string | null {
    if (!socket.authorized) return String(socket.authorizationError);
    return this.#material.lapsed && isRevoked(this.#material.crls, leaf) ? "CERT_REVOKED" : null;
  }

  #serve(request: IncomingMessage, response: ServerResponse, app: RequestListener): void {
    this.served++;
    const connection = this.#connections.get(request.socket);
    if (!connection) return void request.socket.destroy();
    connection.open.add(response);
    response.once("close", () => connection.open.delete(response));

    const { generation, clientNotAfter, caller, refusal } = connection;
    if (caller !== null) this.callers.count(caller, Date.now());
    if (this.#stopping || refusal || generation < this.#generation || clientNotAfter < Date.now()) closeAfter(response);
    if (!refusal) return app(request, response);
    response.writeHead(403, { "content-type": "text/plain; charset=utf-8" });
    response.end(`Refused by this server: ${refusal.cause} (${refusal.code}).\nFix: ${refusal.fix}\n`);
  }

  #acceptedAs(socket: TLSSocket): { address: string; port: number; generation: number } | undefined {
    const plain = plainOf(socket);
    return plain && this.#accepted.get(plain);
  }
}

/** A TLS socket that failed no longer knows its address; the plain one under it, in a field without documentation, does. */
function plainOf(socket: TLSSocket): Socket | undefined {
  return (socket as TLSSocket & { _parent?: Socket })._parent;
}
