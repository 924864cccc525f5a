import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { firewallRouter } from "../../bot/adapters/firewall/router.ts";
import { oneAtATime } from "../../services/firewall/one-at-a-time.ts";
import { routerReader } from "../../services/firewall/router-reader.ts";
import { serveGuarded } from "../../services/firewall/guarded-server.ts";
import { askAs } from "../support/ask-as.ts";
import { CALLER, guardedLeaf } from "../support/guarded-process.ts";
import recorded from "../support/nft-table.json" with { type: "json" };
import { Folder } from "../support/service-process.ts";
import { type Leaf, TestPki } from "../support/test-pki.ts";

const owned = new AsyncDisposableStack();
let folder: Folder;
let bot: Leaf;
let pki: TestPki;
let address: string;
/** What stands in for nft: what it prints next, and how often it was asked. */
let nft: () => Promise<string>;
let asked = 0;

beforeAll(async () => {
  pki = await TestPki.create();
  folder = owned.use(await Folder.create());
  bot = await pki.leaf(CALLER, { purposes: ["client"] });
  await folder.replace("bot.pem", bot.identity);
  await folder.replace("ca.pem", pki.root);
  await folder.replace("router.pem", (await guardedLeaf(pki, "router")).identity);
  const listening = Promise.withResolvers<number>();
  const log = (event: string, fields: object = {}) => {
    if (event === "listening" && "port" in fields) listening.resolve(Number(fields.port));
  };
  const config = {
    host: "127.0.0.1",
    port: 0,
    identityFile: folder.at("router.pem"),
    caFile: folder.at("ca.pem"),
    crlFiles: [],
    serverName: "router.test",
    caller: CALLER,
  };
  const stop = new AbortController();
  const reader = routerReader(() => {
    asked += 1;
    return nft();
  }, log);
  const served = serveGuarded(config, reader, stop.signal, log);
  owned.defer(async () => {
    stop.abort();
    await served;
  });
  address = `https://127.0.0.1:${await listening.promise}`;
});

afterAll(() => owned.disposeAsync());

const reader = (at = address) =>
  firewallRouter(at, { identityFile: folder.at("bot.pem"), caFile: folder.at("ca.pem") });

test("the ruleset is told", async () => {
  nft = async () => JSON.stringify(recorded);
  expect(await reader().ruleset()).toEqual({
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    counters: { "f-abc": { packets: 0, bytes: 0 } },
    rules: ["f-abc"],
    gaps: [],
    aside: [],
  });
});

test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] as const)(
  "%s is not allowed, wherever",
  async (method) => {
    const before = asked;
    for (const path of ["/ruleset", "/", "/ruleset/f-abc"]) {
      const body = method === "HEAD" || method === "OPTIONS" ? undefined : { nft: "flush ruleset" };
      expect((await askAs({ pki, leaf: bot }, address + path, { method, body })).status).toBe(405);
    }
    expect(asked).toBe(before);
  },
);

test("there is one page, and nothing that is said with it reaches nft", async () => {
  nft = async (...args: unknown[]) => {
    expect(args).toEqual([]);
    return '{"nftables": []}';
  };
  const plain = await askAs({ pki, leaf: bot }, `${address}/ruleset`);
  const loaded = await askAs({ pki, leaf: bot }, `${address}/ruleset?table=inet%20other&cmd=;reboot`);
  expect(plain.status).toBe(200);
  expect(loaded).toEqual(plain);
  for (const path of ["/", "/tables", "/ruleset/inet/other"]) {
    expect((await askAs({ pki, leaf: bot }, address + path)).status).toBe(404);
  }
});

test("an nft that fails is told with its words", async () => {
  nft = async () => Promise.reject(new Error("Operation not permitted (you must be root)"));
  await expect(reader().ruleset()).rejects.toMatchObject({
    code: "router-unreadable",
    message: `The router's reader at ${address} cannot tell its rules: the router's table cannot be read: Operation not permitted (you must be root).`,
  });
  nft = async () => "table inet certops {";
  await expect(reader().ruleset()).rejects.toMatchObject({ code: "router-unreadable" });
});

test("something else that answers there is told as that", async () => {
  const other = createServer((_request, response) => response.end('{"rules": []}')).listen(0, "127.0.0.1");
  await once(other, "listening");
  try {
    const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await expect(reader(at).ruleset()).rejects.toMatchObject({ code: "router-odd" });
  } finally {
    other.close();
    other.closeAllConnections();
  }
});

test("nobody gets a reading that began before it was asked for, and never two are taken at once", async () => {
  const readings: PromiseWithResolvers<number>[] = [];
  const read = oneAtATime(() => {
    const reading = Promise.withResolvers<number>();
    readings.push(reading);
    return reading.promise;
  });
  const first = read();
  await Promise.resolve();
  const [second, third] = [read(), read()];
  await new Promise(setImmediate);
  expect(readings).toHaveLength(1);
  readings[0]?.reject(new Error("the first failed"));
  await expect(first).rejects.toThrow("the first failed");
  await expect.poll(() => readings.length).toBe(2);
  readings[1]?.resolve(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
});
