import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

export type Log = (event: string, fields?: object) => void;

/** Resolves to the port, once it listens. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
