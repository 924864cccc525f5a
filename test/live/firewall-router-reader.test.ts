import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { firewallProbers } from "../../bot/adapters/firewall/probers.ts";
import { firewallRouter } from "../../bot/adapters/firewall/router.ts";
import type { Probers, Router } from "../../bot/operations/firewall/ports.ts";
import { askAs } from "../support/ask-as.ts";
import { CALLER, GuardedProcess } from "../support/guarded-process.ts";
import { missingNetwork, Network } from "../support/network.ts";
import { type NftRule, nftRules } from "../support/nft-rules.ts";
import { Folder } from "../support/service-process.ts";
import { type Leaf, TestPki } from "../support/test-pki.ts";
import { wayInto } from "../support/way-into.ts";

const DATABASE = "10.81.2.2";
const zone = "application";
const grant = "f-live";
const INSIDE = 9443;

const toService: NftRule = { id: "f-service", from: "10.81.1.0/24", to: "@service-service-b", ports: "8443-8444" };
const toBackup: NftRule = { id: "f-backup", from: "10.81.1.2", to: DATABASE, ports: "7000" };

const missing = missingNetwork();
const owned = new AsyncDisposableStack();
let network: Network;
let folder: Folder;
let pki: TestPki;
let bot: Leaf;
let probers: Probers;
let router: Router;
let readerUrl: string;

beforeAll(async () => {
  if (missing !== null) return;
  network = owned.use(await Network.create());
  folder = owned.use(await Folder.create());
  await network.addHost("app", 1);
  const database = await network.addHost("database", 2);
  for (const port of [8443, 8445, 7000]) await database.listen(port);
  // What no network leads to.
  await network.in("app", ["ip", "route", "add", "unreachable", "10.99.0.0/16"]);
  pki = await TestPki.create();
  bot = await pki.leaf(CALLER, { purposes: ["client"] });
  await folder.replace("bot.pem", bot.identity);

  const proberUrl = await start("prober", "app");
  readerUrl = await start("router", "router");
  const files = { identityFile: folder.at("bot.pem"), caFile: folder.at("ca.pem") };
  probers = firewallProbers([{ name: zone, prober: proberUrl }], files);
  router = firewallRouter(readerUrl, files);
  const addresses = [DATABASE, "10.99.0.1"];
  await probers.grant(grant, { addresses, ports: [8443, 8444, 8445, 7000], until: Date.now() + 3_600_000 });
});

afterAll(() => owned.disposeAsync());

beforeEach(async (context) => {
  if (missing !== null) return context.skip(missing);
  await enforce([]);
});

/** Beside the router, or on a host; gives where it is asked from here. */
async function start(kind: "prober" | "router", host: string): Promise<string> {
  const env = { PORT: String(INSIDE) };
  owned.use(await GuardedProcess.start(kind, { folder, pki, into: network.enter(host), env }));
  const way = owned.use(await wayInto(network, { host, port: INSIDE, socket: folder.at(`${host}.sock`) }));
  return `https://127.0.0.1:${way.port}`;
}

/** In one transaction, as the module does it. */
async function enforce(rules: NftRule[], addresses = [DATABASE]): Promise<void> {
  writeFileSync(folder.at("rules.nft"), nftRules(rules, addresses));
  await network.in("router", ["nft", "-f", folder.at("rules.nft")]);
}

const nft = (...words: string[]) => network.in("router", ["nft", ...words]);
const tryAt = (port: number, address = DATABASE) => probers.try({ zone, grant, address, port }, 400);
const hold = (port: number) => probers.hold({ zone, grant, address: DATABASE, port }, 1_000);

describe("packets through a real router", () => {
  test("nothing answers where no rule leads, and it is counted as dropped", async () => {
    const before = await askAs({ pki, leaf: bot }, `${readerUrl}/ruleset`);
    expect(await tryAt(8443)).toEqual({ outcome: "silent", why: null });
    const after = await askAs({ pki, leaf: bot }, `${readerUrl}/ruleset`);
    expect(before.body).toMatchObject({ rules: [], dropped: { packets: 0, bytes: 0 } });
    expect(after.body).toMatchObject({ rules: [], dropped: { packets: expect.any(Number) } });
    expect(after.body).not.toEqual(before.body);
  });

  test("a rule's port is open, or refused where nobody listens; its neighbour is silent still", async () => {
    await enforce([toService]);
    expect(await tryAt(8443)).toEqual({ outcome: "open", why: null });
    expect(await tryAt(8444)).toEqual({ outcome: "refused", why: null });
    expect(await tryAt(8445)).toEqual({ outcome: "silent", why: null });
  });

  test("what no network leads to is neither open nor closed", async () => {
    expect(await tryAt(8443, "10.99.0.1")).toEqual({
      outcome: "unknown",
      why: "From application, the network says that there is no way to 10.99.0.1.",
    });
  });

  test("a connection that is held lives as long as its rule, and not as long as another's", async () => {
    await enforce([toService, toBackup]);
    await using flow = await hold(8443);
    await using other = await hold(7000);
    expect([await flow.state(), await other.state()]).toEqual([{ alive: true }, { alive: true }]);
    await enforce([toBackup]);
    await expect.poll(() => flow.state()).toEqual({ alive: false, how: "it was reset" });
    expect(await other.state()).toEqual({ alive: true });
  });
});

describe("what the reader tells", () => {
  test("the counter of a rule moves with its packets, and no other; the digest stays", async () => {
    await enforce([toService, toBackup]);
    const before = await router.ruleset();
    await tryAt(8443);
    const after = await router.ruleset();
    expect(before.rules).toEqual(["f-backup", "f-service"]);
    expect(before.counters["f-service"]).toEqual({ packets: 0, bytes: 0 });
    expect(after.counters["f-service"]?.packets).toBeGreaterThan(2);
    expect(after.counters["f-backup"]).toEqual({ packets: 0, bytes: 0 });
    expect(after.digest).toBe(before.digest);
  });

  test("the same rules put back have the same digest", async () => {
    await enforce([toService], [DATABASE, "10.81.2.3"]);
    const { digest } = await router.ruleset();
    await enforce([]);
    expect((await router.ruleset()).digest).not.toBe(digest);
    await enforce([toService], ["10.81.2.3", DATABASE]);
    expect((await router.ruleset()).digest).toBe(digest);
  });

  test.each<[what: string, words: string, rules: string[]]>([
    ["the table was flushed", "flush table inet certops", []],
    ["the rules' chain was flushed", "flush chain inet certops flows", []],
    ["the table was deleted", "delete table inet certops", []],
    ["an address was added", "add element inet certops service-service-b { 10.81.2.9 }", ["f-service"]],
    ["a rule was put before it", "insert rule inet certops forward accept", ["f-service"]],
    ["it lets through what no rule names", "chain inet certops forward { policy accept; }", ["f-service"]],
    ["the table sleeps", "add table inet certops { flags dormant; }", ["f-service"]],
  ])("%s behind its back: another digest", async (_what, words, rules) => {
    await enforce([toService]);
    const { digest } = await router.ruleset();
    await nft(words);
    const after = await router.ruleset();
    expect(after.digest).not.toBe(digest);
    expect(after.rules).toEqual(rules);
    await enforce([toService]);
    expect((await router.ruleset()).digest).toBe(digest);
  });

  test("whoever asks at once gets the same", async () => {
    await enforce([toService]);
    const readings = await Promise.all(Array.from({ length: 8 }, () => router.ruleset()));
    expect(new Set(readings.map(({ digest }) => digest)).size).toBe(1);
  });
});

test("nothing that is asked of the reader changes the router", async () => {
  await enforce([toService]);
  const before = await nft("list", "ruleset");
  for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
    const reply = await askAs({ pki, leaf: bot }, `${readerUrl}/ruleset`, { method, body: "flush ruleset" });
    expect(reply.status).toBe(405);
  }
  for (const path of ["/ruleset?flush%20ruleset", "/ruleset;nft%20flush%20ruleset", "/flush%20ruleset"]) {
    await askAs({ pki, leaf: bot }, readerUrl + path);
  }
  expect(await nft("list", "ruleset")).toBe(before);
});
