import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../services/config.ts";
import { Peers } from "../../services/peers.ts";
import { type Refusals, ServicePair, type Swaps } from "../support/service-pair.ts";
import { Folder, mtlsEnvironment, until } from "../support/service-process.ts";

describe("where the other service is", () => {
  test("stands in the environment or in a file, and one of both there must be", () => {
    expect(readConfig({ ...mtlsEnvironment, PEERS_FILE: "/run/peers" })).toMatchObject({
      peers: [],
      peersFile: "/run/peers",
    });
    expect(readConfig(mtlsEnvironment)).toEqual({ problems: ["PEERS is missing: give at least one host:port"] });
  });

  test("is what the file says now; what was known last stays while it cannot be read", async () => {
    await using folder = await Folder.create();
    const stop = new AbortController();
    const peers = new Peers([]);
    expect(peers.next()).toBeNull();
    await folder.replace("peers", "127.0.0.1:1\nnonsense\n[::1]:2\n");
    await peers.follow(folder.at("peers"), stop.signal);
    const two = [
      { host: "127.0.0.1", port: 1 },
      { host: "[::1]", port: 2 },
    ];
    expect(peers.known).toEqual(two);
    const [first, second, third] = [peers.next(), peers.next(), peers.next()];
    expect([first, second]).toEqual(expect.arrayContaining(two));
    expect(third).toEqual(first);
    await folder.replace("peers", "127.0.0.1:3\n");
    await until("the new address", async () => peers.known[0]?.port === 3);
    await folder.replace("peers", "");
    await until("no address", async () => peers.known.length === 0);
    stop.abort();
  });
});

describe("an instance that Nomad looks after", () => {
  let pair: ServicePair;
  beforeAll(async () => {
    // Longer than any test: whatever waits for it fails.
    pair = await ServicePair.start({ RELOAD_ON: "signal", MAX_REQUEST_MS: "600000" });
  });
  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
  });

  test("takes a new identity on SIGHUP alone", async () => {
    const serial = async () => (await pair.health("a")).identity?.serial;
    const before = await serial();
    const leaf = await pair.leaf("a", { generation: "r-1" });
    await pair.give("a", leaf);
    // b watches nothing either: by the time it has swapped, a would have, too.
    const other = await pair.leaf("b", { generation: "r-1" });
    await pair.give("b", other);
    pair.b.signal("SIGHUP");
    await until("b to swap", async () => (await pair.health("b")).identity?.serial === other.serial);
    expect(await serial()).toBe(before);
    pair.a.signal("SIGHUP");
    await until("a to swap", async () => (await serial()) === leaf.serial);
    expect((await pair.a.admin<Swaps>("/swaps")).swaps.at(-1)).toMatchObject({ outcome: "swapped", generation: "r-1" });
  });

  test("counts a look whether its port is open as no refusal, and is not kept from ending by one", async () => {
    const [gone, kept] = [await opened(pair.a.port), await opened(pair.a.port)];
    gone.end();
    await once(gone, "close");
    // One that is refused comes after it.
    await pair.get("a", "/", await pair.leaf("b", { purposes: ["server"] }));
    const { refusals } = await pair.a.admin<Refusals>("/refusals");
    expect(refusals.map(({ code }) => code)).toEqual(["INVALID_PURPOSE"]);
    pair.a.signal("SIGTERM");
    expect(await pair.a.exited).toBe(0);
    kept.destroy();
  });
});

async function opened(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port }).resume();
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}
