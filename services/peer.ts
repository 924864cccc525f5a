import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { Agent, buildConnector, Client, type Dispatcher } from "undici";
import { get } from "./get.ts";
import { tlsOptions, type Material } from "./identity.ts";
import { isRevoked } from "./revocation-list.ts";

export interface Address {
  host: string;
  port: number;
}

/** What this side shows and trusts in a call. */
export type Showing = "mtls" | "no-certificate" | "no-ca";

/** HTTP status and body, or the code of what went wrong. */
export type Result = { status: number; body: string } | { code: string };

export interface Answer {
  result: Result;
  /** Our end of the connection: the other side lists a refusal under this port. */
  localPort: number | null;
  certificate: X509Certificate | null;
}

/** Calls the other service. Times out after `deadlineMs`; never rejects. */
export class Peer {
  readonly serverName: string;
  readonly #deadlineMs: number;
  #material: Material;
  #kept: Agent;
  #lastAt: number | null = null;

  constructor(serverName: string, deadlineMs: number, material: Material) {
    this.serverName = serverName;
    this.#deadlineMs = deadlineMs;
    this.#material = material;
    this.#kept = this.#agent();
  }

  /** When it was called last, epoch milliseconds; null: not yet. */
  get called(): { name: string; lastAt: number } | null {
    return this.#lastAt === null ? null : { name: this.serverName, lastAt: this.#lastAt };
  }

  /** First the new agent, then the end of the old: its requests in flight are finished, and no new one meets a closed agent. */
  rotate(material: Material): void {
    this.#material = material;
    const old = this.#kept;
    this.#kept = this.#agent();
    void old.close();
  }

  /** One request over a connection of its own, so that the answer tells of a handshake of this moment. */
  async callFresh(address: Address, showing: Showing = "mtls"): Promise<Answer> {
    const seen: Pick<Answer, "localPort" | "certificate"> & { alert?: string } = { localPort: null, certificate: null };
    const connect = this.#connector(showing);
    const client = new Client(origin(address), {
      connect: (options, done) =>
        connect(options, (...outcome) => {
          const socket = outcome[1] as TLSSocket | null;
          if (socket) {
            seen.localPort = socket.localPort ?? null;
            seen.certificate = socket.getPeerX509Certificate() ?? null;
            // undici tells only that the socket ended; an alert that came before is told by the socket.
            socket.once("error", (error: NodeJS.ErrnoException) => (seen.alert = error.code ?? error.message));
          }
          done(...outcome);
        }),
    });
    const result = await this.#get(client, address);
    await client.destroy();
    if ("code" in result && seen.alert?.startsWith("ERR_SSL_")) result.code = seen.alert;
    return { result, localPort: seen.localPort, certificate: seen.certificate };
  }

  /** One request over a connection that is kept alive. */
  callKept(address: Address): Promise<Result> {
    return this.#get(this.#kept, address);
  }

  async stop(): Promise<void> {
    await this.#kept.destroy();
  }

  #get(dispatcher: Dispatcher, address: Address): Promise<Result> {
    this.#lastAt = Date.now();
    return get(dispatcher, origin(address), this.serverName, this.#deadlineMs);
  }

  #agent(): Agent {
    return new Agent({ connect: this.#connector("mtls") });
  }

  /** No sessions are cached: a resumed one would go on presenting the old identity. */
  #connector(showing: Showing): buildConnector.connector {
    const { crls, lapsed } = this.#material;
    const { ca, crl, key, cert, ...rest } = tlsOptions(this.#material);
    const connect = buildConnector({
      ...rest,
      ...(showing !== "no-certificate" && { key, cert }),
      ...(showing !== "no-ca" && { ca, crl }),
      servername: this.serverName,
      maxCachedSessions: 0,
      timeout: this.#deadlineMs,
    });
    if (!lapsed || showing === "no-ca") return connect;
    return (options, done) =>
      connect(options, (...outcome) => {
        const socket = outcome[1] as TLSSocket | null;
        const certificate = socket?.getPeerX509Certificate();
        if (!socket || !certificate || !isRevoked(crls, certificate)) return done(...outcome);
        socket.destroy();
        done(Object.assign(new Error("the server's certificate is revoked"), { code: "CERT_REVOKED" }), null);
      });
  }
}

function origin({ host, port }: Address): string {
  return `https://${host}:${port}`;
}
