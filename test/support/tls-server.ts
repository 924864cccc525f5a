import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type Server, type Socket, createServer as createTcpServer } from "node:net";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import { createServer as createTlsServer } from "node:tls";

export interface Listening extends AsyncDisposable {
  port: number;
  server: Server;
}

/** An HTTP server that answers so. */
export function httpServer(answer: RequestListener): Promise<Listening> {
  return listening(createHttpServer(answer));
}

/** An HTTPS server that answers 200 to everything. */
export function httpsServer(options: SecureContextOptions & TlsOptions): Promise<Listening> {
  return listening(createHttpsServer(options, (_, response) => response.end("hello")));
}

/** A TLS server that hands each connection over. */
export function tlsServer(
  options: SecureContextOptions & TlsOptions,
  talk: (socket: Socket) => void,
): Promise<Listening> {
  return listening(createTlsServer(options, talk));
}

/** A TCP server that hands each connection over. */
export function tcpServer(talk: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcpServer(talk));
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket: Socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    port: address.port,
    server,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
