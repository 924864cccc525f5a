import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { openForwards } from "../../lab/firewall/forward.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { Supervisor } from "../../lab/supervise.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// The way into a host's network, here without one: relay and forwards on the machine's own loopback.

const RELAY = new URL("../../lab/firewall/relay.ts", import.meta.url).pathname;
const MEGABYTES = 8;

const owned = new AsyncDisposableStack();
let port: number;
let elsewhere: number;
let astray: number;
let relay: { pid: number | null };

beforeAll(async () => {
  const folder = owned.use(temporaryFolder());
  const echo = owned.adopt(createServer({ allowHalfOpen: true }), (server) => void server.close());
  echo.on("connection", (socket: Socket) => {
    socket.on("error", () => {}).pipe(socket);
  });
  const target = `127.0.0.1:${await listening(echo)}`;
  const { ports, reservation } = await reserveFreePorts(["default"]);
  owned.use(reservation);
  [port, elsewhere, astray] = [ports.vault, ports.bot, ports.slack];
  const nobody = `127.0.0.1:${ports.console}`;
  const socket = folder.file("relay.sock");
  const supervisor = owned.use(new Supervisor({ marker: folder.path }));
  relay = await supervisor.spawn({
    name: "relay",
    command: process.execPath,
    args: [RELAY],
    env: { SOCKET: socket, TARGETS: `${target},${nobody}` },
    log: folder.file("relay.log"),
    async ready(signal) {
      await eventually("the relay", () => once(connect(socket), "connect"), signal);
    },
  });
  const forward = (from: number, to: string) => ({ port: from, relay: socket, targets: [], target: () => to });
  owned.use(
    await openForwards([
      forward(port, target),
      forward(elsewhere, nobody),
      forward(astray, `127.0.0.1:${ports.vault}`),
    ]),
  );
});
afterAll(() => owned.disposeAsync());

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** What comes back until the end, when all of it was sent and the sender has closed its half. */
async function echoed(sent: Buffer): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(sent);
  return buffer(socket);
}

async function codeOf(to: number): Promise<string> {
  const socket = connect(to, "127.0.0.1");
  return new Promise((done) => {
    socket.on("error", ({ code }: NodeJS.ErrnoException) => done(String(code)));
    socket.on("close", () => done("closed"));
  });
}

test("much goes through in both directions, each to its own end, and many at once", async () => {
  const sent = Array.from({ length: 4 }, (_, index) => Buffer.alloc(MEGABYTES << 20, index + 1));
  const back = await Promise.all(sent.map(echoed));
  expect(back.map((one, index) => one.equals(sent[index] ?? Buffer.alloc(0)))).toEqual([true, true, true, true]);
});

test("where nobody listens, and where it may not lead, the caller is turned away", async () => {
  expect(["closed", "ECONNRESET"]).toContain(await codeOf(elsewhere));
  expect(["closed", "ECONNRESET"]).toContain(await codeOf(astray));
});

test("without its relay it turns callers away, and leads on when that is there again", async () => {
  const hello = Buffer.from("hello");
  process.kill(relay.pid ?? 0, "SIGKILL");
  await eventually(
    "a refusal",
    async () => ((await codeOf(port)) === "ECONNRESET" ? true : null),
    AbortSignal.timeout(10_000),
  );
  const answer = await eventually("an answer", async () => someOf(await echoed(hello)), AbortSignal.timeout(10_000));
  expect(answer).toEqual(hello);
});

/** null where nothing came back. */
function someOf(back: Buffer): Buffer | null {
  return back.length === 0 ? null : back;
}
