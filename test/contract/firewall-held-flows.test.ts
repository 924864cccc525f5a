import { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { firewallProbers } from "../../bot/adapters/firewall/probers.ts";
import type { Probers } from "../../bot/operations/firewall/ports.ts";
import { HeldFlows } from "../../services/firewall/held-flows.ts";
import { CALLER, GuardedProcess } from "../support/guarded-process.ts";
import { Listener } from "../support/listener.ts";
import { Folder, freePort } from "../support/service-process.ts";
import { TestPki } from "../support/test-pki.ts";

const HERE = "127.0.0.1";
const zone = "application";
const grant = "f-held";
const hourMs = 3_600_000;

const owned = new AsyncDisposableStack();
let pki: TestPki;
let folder: Folder;
let prober: GuardedProcess;
let probers: Probers;

beforeAll(async () => {
  pki = await TestPki.create();
  folder = owned.use(await Folder.create());
  await folder.replace("bot.pem", (await pki.leaf(CALLER, { purposes: ["client"] })).identity);
  prober = owned.use(await GuardedProcess.start("prober", { folder, pki }));
  probers = probersAt(prober);
});

afterAll(() => owned.disposeAsync());
afterEach(() => void vi.useRealTimers());

function probersAt({ address }: GuardedProcess): Probers {
  const identity = { identityFile: folder.at("bot.pem"), caFile: folder.at("ca.pem") };
  return firewallProbers([{ name: zone, prober: address }], identity);
}

async function allow(port: number, { by = probers, until = Date.now() + hourMs } = {}) {
  await by.grant(grant, { zone, addresses: [HERE], ports: [port], until });
  return { zone, grant, address: HERE, port };
}

describe("a connection that is held", () => {
  test("is alive until it is let go, and says nothing", async () => {
    await using listener = await Listener.start();
    const path = await allow(listener.port);
    {
      await using flow = await probers.hold(path, 1_000);
      expect(await flow.state()).toEqual({ alive: true });
      await expect.poll(() => listener.open).toBe(1);
    }
    await expect.poll(() => listener.open).toBe(0);
    expect(listener.received).toBe(0);
  });

  test("has ended when it was reset", async () => {
    await using listener = await Listener.start();
    await using flow = await probers.hold(await allow(listener.port), 1_000);
    await expect.poll(() => listener.open).toBe(1);
    listener.sockets[0]?.resetAndDestroy();
    await expect.poll(() => flow.state()).toEqual({ alive: false, how: "it was reset" });
  });

  test("shows nothing of the firewall when the host itself closed it", async () => {
    await using listener = await Listener.start();
    await using flow = await probers.hold(await allow(listener.port), 1_000);
    await expect.poll(() => listener.open).toBe(1);
    listener.sockets[0]?.end();
    await expect
      .poll(() => flow.state().catch((error: unknown) => error))
      .toMatchObject({
        code: "prober-flow-lost",
        message: expect.stringContaining("the host at its other end closed it"),
      });
  });

  test.each<[how: string, end: (port: number) => Promise<unknown>]>([
    ["its grant was taken back", () => probers.revoke(grant)],
    ["its grant was taken back", (port) => allow(port + 1)],
  ])("ends when %s, and shows nothing either", async (how, end) => {
    await using listener = await Listener.start();
    await using flow = await probers.hold(await allow(listener.port), 1_000);
    await expect.poll(() => listener.open).toBe(1);
    await end(listener.port);
    await expect.poll(() => listener.open).toBe(0);
    await expect(flow.state()).rejects.toMatchObject({ message: expect.stringContaining(how) });
  });

  test("ends with its grant's time", async () => {
    await using listener = await Listener.start();
    await using flow = await probers.hold(await allow(listener.port, { until: Date.now() + 1_500 }), 1_000);
    await expect.poll(() => listener.open).toBe(1);
    await expect.poll(() => listener.open).toBe(0);
    await expect(flow.state()).rejects.toMatchObject({ message: expect.stringContaining("for as long as the prober") });
  });

  test("that never came to be is told with why", async () => {
    const path = await allow(await freePort());
    await expect(probers.hold(path, 1_000)).rejects.toMatchObject({
      code: "prober-not-open",
      message: `No connection from application to 127.0.0.1 port ${path.port} came to be: refused.`,
    });
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "ends with the prober (%s), and is not known to the next",
    async (signal) => {
      await using listener = await Listener.start();
      await using other = await GuardedProcess.start("prober", { folder, pki });
      const by = probersAt(other);
      const flow = await by.hold(await allow(listener.port, { by }), 1_000);
      await expect.poll(() => listener.open).toBe(1);
      other.signal(signal);
      await other.exited;
      await expect.poll(() => listener.open).toBe(0);
      await expect(flow.state()).rejects.toMatchObject({ code: "prober-down" });
      await using next = await GuardedProcess.start("prober", { folder, pki, env: { PORT: String(other.port) } });
      expect(next.port).toBe(other.port);
      await expect(flow.state()).rejects.toMatchObject({ code: "prober-flow-lost" });
    },
  );
});

test("sixteen at once, and no more", async () => {
  await using listener = await Listener.start();
  const path = await allow(listener.port);
  await using flows = new AsyncDisposableStack();
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => probers.hold(path, 1_000)));
  for (const one of asked) if (one.status === "fulfilled") flows.use(one.value);
  expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(16);
  await expect(probers.hold(path, 1_000)).rejects.toMatchObject({
    code: "prober-refused",
    message: "The prober of application refused: too many connections are held already.",
  });
  await flows.disposeAsync();
  await using another = await probers.hold(path, 1_000);
  expect(await another.state()).toEqual({ alive: true });
});

test("a minute each, whatever the grant allows; what became of it is told for a minute more", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const flows = new HeldFlows();
  const socket = new Socket();
  const id = flows.keep({ grant, address: HERE, port: 443 }, socket, { until: hourMs, now: 0 });
  vi.advanceTimersByTime(59_999);
  expect(flows.state(id)).toEqual({ outcome: "alive", how: null });
  vi.advanceTimersByTime(1);
  expect(flows.state(id)).toEqual({ outcome: "ended", how: "overdue" });
  expect(socket.destroyed).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(flows.state(id)).toBeNull();
});
