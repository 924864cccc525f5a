import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { sendDatagram } from "../../services/firewall/datagram.ts";
import type { Tried } from "./host.ts";

// A host in a network namespace: one order a line on stdin, one answer a line on stdout. It ends with its stdin.

type Order =
  | { do: "listen"; port: number }
  | { do: "swallow"; port: number }
  | { do: "send"; address: string; port: number }
  | { do: "connect"; address: string; port: number }
  | { do: "say"; connection: number };

/** How long nothing may come before it counts as silence. */
const PATIENCE_MS = 500;

const connections: Socket[] = [];

async function obey(order: Order): Promise<Tried> {
  switch (order.do) {
    case "listen": {
      const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
      server.listen(order.port);
      await once(server, "listening");
      return { outcome: "open", connection: -1 };
    }
    case "swallow": {
      const socket = createSocket("udp4").bind(order.port);
      await once(socket, "listening");
      return { outcome: "open", connection: -1 };
    }
    case "send":
      return { outcome: await sendDatagram(order, PATIENCE_MS), connection: -1 };
    case "connect": {
      const socket = connect(order.port, order.address);
      const outcome = await outcomeOf(socket, "connect", "open");
      if (outcome !== "open") socket.destroy();
      return { outcome, connection: connections.push(socket) - 1 };
    }
    case "say": {
      const { connection } = order;
      const socket = connections[connection];
      if (socket === undefined || socket.destroyed) return { outcome: "ended", connection };
      const outcome = outcomeOf(socket, "data", "answered");
      socket.write("hello");
      return { outcome: await outcome, connection };
    }
  }
}

async function outcomeOf(socket: Socket, awaited: "connect" | "data", meaning: string): Promise<string> {
  try {
    await once(socket, awaited, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return meaning;
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return name === "AbortError" ? "silent" : String(code);
  } finally {
    // What happens to it while nobody asks is told when somebody does.
    if (socket.listenerCount("error") === 0) socket.on("error", () => {});
  }
}

for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await obey(JSON.parse(line) as Order)));
}
process.exit(0);
