import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { HOST } from "../ports.ts";
import { join } from "./join.ts";

/** A port of this machine's loopback that leads to an address in a host's network. */
export interface Forward {
  port: number;
  /** The unix socket of that host's relay. */
  relay: string;
  /** Where it may lead, host:port as the host itself reaches it. */
  targets: string[];
  /** Which of them it leads to now. */
  target(): string;
}

/** Listens on all of them until disposed of. A relay that is not there yet, or no longer, is as a server that resets its callers. */
export async function openForwards(forwards: Forward[]): Promise<AsyncDisposable> {
  await using owned = new AsyncDisposableStack();
  for (const forward of forwards) owned.use(await openForward(forward));
  const kept = owned.move();
  return { [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openForward({ port, relay, ...to }: Forward): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    open.add(caller);
    caller.once("close", () => open.delete(caller));
    caller.on("error", () => {});
    const through = connect({ path: relay, allowHalfOpen: true });
    through.once("error", () => caller.resetAndDestroy());
    through.once("connect", () => {
      through.write(`${to.target()} ${caller.remotePort ?? 0}\n`);
      join(caller, through);
    });
  });
  server.listen(port, HOST);
  await once(server, "listening");
  return { [Symbol.asyncDispose]: () => close(server, open) };
}

async function close(server: Server, open: Set<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of open) socket.destroy();
  await closed;
}
