import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { z } from "zod";
import { join } from "./join.ts";

// The way from the machine into a host's network namespace, which a unix socket is not bound to: whoever comes says in a
// first line where to, and is connected.

const environment = z
  .object({
    SOCKET: z.string(),
    /** host:port,host:port: where it leads to, and to nothing else. */
    TARGETS: z.string().transform((list) => new Set(list.split(","))),
  })
  .parse(process.env);

/** `host:port` and the port that the caller has, so that the callee sees that one. */
const FIRST_LINE = /^(([\d.]+):(\d+)) (\d+)\n/;
const LONGEST_LINE = 64;
const LINE_MS = 5_000;

const server = createServer({ allowHalfOpen: true }, (caller) => void lead(caller).catch(() => caller.destroy()));
await rm(environment.SOCKET, { force: true });
server.listen(environment.SOCKET);
await once(server, "listening");
await chmod(environment.SOCKET, 0o600);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));

async function lead(caller: Socket): Promise<void> {
  caller.on("error", () => {});
  const { host, port, from } = await destinationOf(caller);
  const callee = await connected({ host, port, localPort: from }).catch(() => connected({ host, port }));
  if (caller.destroyed) return void callee.destroy();
  join(caller, callee);
}

async function destinationOf(caller: Socket): Promise<{ host: string; port: number; from: number }> {
  const late = AbortSignal.timeout(LINE_MS);
  let begun = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await once(caller, "data", { signal: late })) as [Buffer];
    caller.pause();
    begun = Buffer.concat([begun, chunk]);
    const line = FIRST_LINE.exec(begun.subarray(0, LONGEST_LINE).toString("latin1"));
    if (line !== null) {
      const [whole, target = "", host = "", port, from] = line;
      if (!environment.TARGETS.has(target)) throw new Error(`nothing leads to ${target}`);
      caller.unshift(begun.subarray(whole.length));
      return { host, port: Number(port), from: Number(from) };
    }
    if (begun.length > LONGEST_LINE) throw new Error("it did not say where to");
    caller.resume();
  }
}

async function connected(to: { host: string; port: number; localPort?: number }): Promise<Socket> {
  const callee = connect({ ...to, allowHalfOpen: true, noDelay: true });
  await once(callee, "connect");
  return callee;
}
