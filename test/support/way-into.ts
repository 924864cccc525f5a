import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { openForwards } from "../../lab/firewall/forward.ts";
import type { Network } from "./network.ts";
import { freePort, until } from "./service-process.ts";
import { tied } from "./tied-process.ts";

const program = new URL("../../lab/firewall/relay.ts", import.meta.url).pathname;

/** A port of this machine that leads to one of a host's own loopback, past the router. `socket`: where its relay listens. */
export async function wayInto(
  network: Network,
  { host, port, socket }: { host: string; port: number; socket: string },
): Promise<AsyncDisposable & { port: number }> {
  await using owned = new AsyncDisposableStack();
  const target = `127.0.0.1:${port}`;
  const [command = "", ...args] = [...network.enter(host), ...tied(program)];
  const env = { PATH: process.env["PATH"], SOCKET: socket, TARGETS: target };
  const relay = spawn(command, args, { env, stdio: ["pipe", "ignore", "inherit"] });
  owned.defer(async () => {
    relay.kill();
    await once(relay, "exit");
  });
  await until(`the relay on ${host}`, () => isThere(socket));
  const outside = await freePort();
  owned.use(await openForwards([{ port: outside, relay: socket, targets: [target], target: () => target }]));
  const kept = owned.move();
  return { port: outside, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function isThere(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
