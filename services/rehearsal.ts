import { duplexPair } from "node:stream";
import { connect, createServer } from "node:tls";
import { tlsOptions, type Material } from "./identity.ts";

export interface Part {
  /** The name in the certificate. */
  serverName: string;
  /** Whether it is shown to servers too, and has to hold there. */
  asClient: boolean;
}

/** Milliseconds; a busy machine takes its time. */
const deadlineMs = 10_000;

/**
 * Shakes hands with itself, in memory, before the world sees the new identity: both sides present it and check it just as a
 * peer would, so pair, dates, chain, name, purpose and revocation lists are all judged by the code that will judge them in earnest.
 * Rejects with OpenSSL's code, for example `CERT_HAS_EXPIRED`.
 */
export async function rehearse(material: Material, { serverName, asClient }: Part): Promise<void> {
  const [near, far] = duplexPair();
  const options = tlsOptions(material);
  const { key: _key, cert: _cert, ...trust } = options;
  const done = Promise.withResolvers<void>();
  const timer = setTimeout(() => done.reject(new Error("the handshake with itself did not end")), deadlineMs);
  try {
    const server = createServer({ ...options, requestCert: asClient, rejectUnauthorized: asClient }, (socket) => {
      socket.on("error", done.reject).end("ok");
    });
    server.on("tlsClientError", (error, socket) => {
      const code: unknown = socket.authorizationError ?? (error as NodeJS.ErrnoException).code;
      done.reject(Object.assign(error, { code }));
    });
    // In TLS 1.3 a client is connected before the server has judged it: only the first byte says that both agree.
    const client = connect({ ...(asClient ? options : trust), socket: near, servername: serverName });
    client.on("error", done.reject).once("data", () => done.resolve());
    server.emit("connection", far);
    await done.promise;
  } finally {
    clearTimeout(timer);
    near.destroy();
    far.destroy();
  }
}
