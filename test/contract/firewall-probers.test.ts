import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firewallProbers } from "../../bot/adapters/firewall/probers.ts";
import type { Probers } from "../../bot/operations/firewall/ports.ts";
import { openConnection } from "../../services/firewall/connection.ts";
import { type Answered, askAs } from "../support/ask-as.ts";
import { CALLER, GuardedProcess } from "../support/guarded-process.ts";
import { Listener } from "../support/listener.ts";
import { Folder, freePort } from "../support/service-process.ts";
import { type Leaf, TestPki } from "../support/test-pki.ts";

const HERE = "127.0.0.1";
const zone = "application";
const hourMs = 3_600_000;

const owned = new AsyncDisposableStack();
let pki: TestPki;
let folder: Folder;
let bot: Leaf;
let prober: GuardedProcess;
let probers: Probers;

beforeAll(async () => {
  pki = await TestPki.create();
  folder = owned.use(await Folder.create());
  bot = await pki.leaf(CALLER, { purposes: ["client"] });
  await folder.replace("bot.pem", bot.identity);
  prober = owned.use(await GuardedProcess.start("prober", { folder, pki }));
  probers = probersAt(prober);
});

afterAll(() => owned.disposeAsync());

function probersAt({ address }: GuardedProcess): Probers {
  const identity = { identityFile: folder.at("bot.pem"), caFile: folder.at("ca.pem") };
  return firewallProbers(
    [
      { name: zone, prober: address },
      { name: "outside", prober: null },
    ],
    identity,
  );
}

let grants = 0;

/** A grant of its own for each test. */
async function granted(ports: number[], change: { addresses?: string[]; until?: number } = {}): Promise<string> {
  const id = `f-${(grants += 1)}`;
  await probers.grant(id, { zone, addresses: [HERE], ports, until: Date.now() + hourMs, ...change });
  return id;
}

function asBot(path: string, method: "PUT" | "POST" | "DELETE" | "GET", body?: unknown): Promise<Answered> {
  return askAs({ pki, leaf: bot }, prober.address + path, { method, body });
}

/** Takes datagrams and notes how large they are. */
async function datagrams(answer: (socket: Socket, from: { port: number }) => void) {
  const socket = createSocket("udp4").bind(0, HERE);
  await once(socket, "listening");
  const sizes: number[] = [];
  socket.on("message", (message, from) => {
    sizes.push(message.length);
    answer(socket, from);
  });
  return { port: socket.address().port, sizes, [Symbol.asyncDispose]: async () => void socket.close() };
}

describe("a try", () => {
  test("tells whether somebody answers, without a word to them", async () => {
    await using listener = await Listener.start();
    const closed = await freePort();
    const grant = await granted([listener.port, closed]);
    expect(await probers.try({ zone, grant, address: HERE, port: listener.port }, 1_000)).toEqual({
      outcome: "open",
      why: null,
    });
    expect(await probers.try({ zone, grant, address: HERE, port: closed }, 1_000)).toEqual({
      outcome: "refused",
      why: null,
    });
    await expect.poll(() => listener.sockets.length).toBe(1);
    await expect.poll(() => listener.open).toBe(0);
    expect(listener.received).toBe(0);
  });

  test("by UDP: an empty datagram, and whether it is answered, refused by the host, or met with silence", async () => {
    await using echo = await datagrams((socket, { port }) => socket.send("here", port));
    await using mute = await datagrams(() => {});
    const closed = await freePort();
    const grant = await granted([echo.port, mute.port, closed]);
    const send = (port: number) => probers.try({ zone, grant, address: HERE, port, protocol: "udp" }, 300);
    expect(await Promise.all([send(echo.port), send(closed), send(mute.port)])).toEqual([
      { outcome: "open", why: null },
      { outcome: "refused", why: null },
      { outcome: "silent", why: null },
    ]);
    expect([...echo.sizes, ...mute.sizes]).toEqual([0, 0]);
    expect(await probers.try({ zone, grant, address: HERE, port: 1, protocol: "udp" }, 300)).toMatchObject({
      outcome: "unknown",
    });
  });

  test("stands in the prober's log with the grant that covered it", async () => {
    await using listener = await Listener.start();
    const grant = await granted([listener.port]);
    const from = prober.lines.length;
    await probers.try({ zone, grant, address: HERE, port: listener.port }, 1_000);
    expect(await prober.line("tried", from)).toMatchObject({
      grant,
      address: HERE,
      port: listener.port,
      outcome: "open",
    });
    await probers.try({ zone, grant: "f-other", address: HERE, port: listener.port }, 1_000);
    expect(await prober.line("try-refused", from)).toMatchObject({ grant: "f-other", port: listener.port });
  });
});

test("an answer that came in time counts, also when nobody had time to read it", async () => {
  await using listener = await Listener.start();
  // From here on timers come before what the network brings.
  await new Promise(setImmediate);
  const trying = openConnection({ address: HERE, port: listener.port }, 1);
  await new Promise((sent) => process.nextTick(sent));
  const busyUntil = performance.now() + 50;
  while (performance.now() < busyUntil);
  const { outcome, socket } = await trying;
  expect(outcome).toBe("open");
  await new Promise(setImmediate);
  expect(socket?.destroyed).toBe(false);
  socket?.destroy();
});

describe("what no grant covers is not tried", () => {
  const cases: [
    what: string,
    path: (grant: string, port: number) => { grant: string; address: string; port: number },
  ][] = [
    ["a grant that nobody gave", (_grant, port) => ({ grant: "f-none", address: HERE, port })],
    ["another address", (grant, port) => ({ grant, address: "127.0.0.2", port })],
    ["another port", (grant, port) => ({ grant, address: HERE, port: port + 1 })],
  ];
  for (const way of ["tries", "held"]) {
    test.each(cases)(`%s, at /${way}`, async (_what, path) => {
      await using listener = await Listener.start();
      const target = path(await granted([listener.port]), listener.port);
      const reply = await asBot(`/${way}`, "POST", { ...target, deadlineMs: 1_000 });
      expect(reply.status).toBe(403);
      expect(reply.body).toEqual({
        error: `the grant ${target.grant} does not cover ${target.address} port ${target.port}`,
      });
      expect(listener.sockets).toHaveLength(0);
    });

    test(`one whose time is over, or that was taken back, at /${way}`, async () => {
      await using listener = await Listener.start();
      const body = { address: HERE, port: listener.port, deadlineMs: 1_000 };
      const until = Date.now() + 1_500;
      const lapsing = await granted([listener.port], { until });
      await expect.poll(() => Date.now()).toBeGreaterThan(until);
      expect((await asBot(`/${way}`, "POST", { ...body, grant: lapsing })).status).toBe(403);
      const revoked = await granted([listener.port]);
      await probers.revoke(revoked);
      expect((await asBot(`/${way}`, "POST", { ...body, grant: revoked })).status).toBe(403);
      expect(listener.sockets).toHaveLength(0);
    });
  }

  test("what a later grant of the same request left out", async () => {
    await using listener = await Listener.start();
    const grant = await granted([listener.port]);
    await probers.grant(grant, { zone, addresses: ["127.0.0.9"], ports: [listener.port], until: Date.now() + hourMs });
    expect(await probers.try({ zone, grant, address: HERE, port: listener.port }, 1_000)).toEqual({
      outcome: "unknown",
      why: `The prober of application refused: the grant ${grant} does not cover 127.0.0.1 port ${listener.port}.`,
    });
    expect(listener.sockets).toHaveLength(0);
  });

  test("a grant is taken back twice without harm", async () => {
    const grant = await granted([443]);
    await probers.revoke(grant);
    await expect(probers.revoke(grant)).resolves.toBeUndefined();
  });
});

describe("what is no grant, or no try, is refused", () => {
  const good = () => ({ addresses: ["10.81.3.2"], ports: [8443], until: Date.now() + hourMs });
  const many = <T>(count: number, one: (index: number) => T) => Array.from({ length: count }, (_, index) => one(index));

  test.each<[what: string, change: () => object]>([
    ["65 addresses", () => ({ addresses: many(65, (index) => `10.81.3.${index}`) })],
    ["no address", () => ({ addresses: [] })],
    ["a network", () => ({ addresses: ["10.81.3.0/24"] })],
    ["a name", () => ({ addresses: ["localhost"] })],
    ["an IPv6 address", () => ({ addresses: ["::1"] })],
    ["an octal address", () => ({ addresses: ["010.81.3.2"] })],
    ["nine ports", () => ({ ports: many(9, (index) => 8_000 + index) })],
    ["port 0", () => ({ ports: [0] })],
    ["port 65536", () => ({ ports: [65_536] })],
    ["a port as text", () => ({ ports: ["8443"] })],
    ["more than a week", () => ({ until: Date.now() + 7 * 24 * hourMs + 60_000 })],
    ["a time that is over", () => ({ until: Date.now() - 1 })],
    ["a field that nobody knows", () => ({ command: "id" })],
  ])("a grant of %s", async (_what, change) => {
    expect((await asBot("/grants/f-form", "PUT", good())).status).toBe(204);
    const reply = await asBot("/grants/f-form", "PUT", { ...good(), ...change() });
    expect(reply).toMatchObject({ status: 400, body: { error: expect.stringMatching(/./) } });
  });

  test("the most that a grant may hold is taken", async () => {
    const most = { addresses: many(64, (index) => `10.81.3.${index}`), ports: many(8, (index) => 8_000 + index) };
    const until = Date.now() + 7 * 24 * hourMs - 5_000;
    expect((await asBot("/grants/f-form", "PUT", { ...most, until })).status).toBe(204);
  });

  test.each(["/grants/a%2Fb", "/grants/%E0%A4%A", "/grants/%24(id)", `/grants/${"x".repeat(65)}`])(
    "an id like that of %s",
    async (path) => {
      expect((await asBot(path, "PUT", good())).status).toBe(400);
    },
  );

  test.each<[what: string, change: object]>([
    ["no deadline", { deadlineMs: undefined }],
    ["a deadline of no time", { deadlineMs: 0 }],
    ["a deadline of more than ten seconds", { deadlineMs: 10_001 }],
    ["a host's name", { address: "localhost" }],
    ["data to send", { data: "GET /" }],
  ])("a try with %s", async (_what, change) => {
    const target = { grant: await granted([8443]), address: HERE, port: 8443, deadlineMs: 100 };
    for (const path of ["/tries", "/held"])
      expect((await asBot(path, "POST", { ...target, ...change })).status).toBe(400);
  });

  test("a body too large to be one, and a page that is not there", async () => {
    expect((await asBot("/grants/f-form", "PUT", { addresses: ["x".repeat(20_000)] })).status).toBe(413);
    expect((await asBot("/grants", "GET")).status).toBe(404);
  });
});
