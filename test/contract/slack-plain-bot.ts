import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { StandInOptions } from "../../lab/slack/stand-in.ts";
import { startWorkspace, type TestWorkspace, unhurried } from "./slack-fixture.ts";

interface Received {
  headers: IncomingMessage["headers"];
  body: string;
}

export interface PlainBot extends TestWorkspace {
  received: Received[];
}

/** A bot that answers as told, without Bolt in between. */
export async function startPlainBot(
  answer: (response: ServerResponse, received: Received, index: number) => void,
  options: Partial<StandInOptions> = {},
): Promise<PlainBot> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      answer(response, one, received.length - 1);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const botUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  const workspace = await startWorkspace({ botUrl, ...unhurried(), ...options });
  return {
    ...workspace,
    received,
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    },
  };
}

export const CERT = { user: "U0ANA", channel: "C0CERTS", text: "/cert help" };

/** An empty acknowledgement. */
export const ack = (response: ServerResponse): void => void response.end();

/** An acknowledgement with a JSON body. */
export function ackWith(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}
