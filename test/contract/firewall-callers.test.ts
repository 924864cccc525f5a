import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firewallProbers } from "../../bot/adapters/firewall/probers.ts";
import { firewallRouter } from "../../bot/adapters/firewall/router.ts";
import { askAs } from "../support/ask-as.ts";
import { CALLER, GuardedProcess, guardedLeaf } from "../support/guarded-process.ts";
import { Folder, SilentServer } from "../support/service-process.ts";
import { type Leaf, TestPki } from "../support/test-pki.ts";

const owned = new AsyncDisposableStack();
let pki: TestPki;
let stranger: TestPki;
let folder: Folder;
let bot: Leaf;
let prober: GuardedProcess;
let router: GuardedProcess;

beforeAll(async () => {
  [pki, stranger] = await Promise.all([TestPki.create(), TestPki.create("Stranger")]);
  folder = owned.use(await Folder.create());
  bot = await pki.leaf(CALLER, { purposes: ["client"] });
  await folder.replace("bot.pem", bot.identity);
  prober = owned.use(await GuardedProcess.start("prober", { folder, pki }));
  router = owned.use(await GuardedProcess.start("router", { folder, pki }));
});

afterAll(() => owned.disposeAsync());

const files = () => ({ identityFile: folder.at("bot.pem"), caFile: folder.at("ca.pem") });
const zone = "application";
const probersAt = (address: string) => firewallProbers([{ name: zone, prober: address }], files());
const path = { zone, grant: "f-1", address: "127.0.0.1", port: 9 };

/** An address of each that its caller gets an answer from. */
const doors = (): [name: string, process: GuardedProcess, url: string][] => [
  ["prober", prober, `${prober.address}/held/none`],
  ["router", router, `${router.address}/ruleset`],
];

describe("only the bot is answered", () => {
  test("the bot is", async () => {
    for (const [, , url] of doors()) expect((await askAs({ pki, leaf: bot }, url)).status).not.toBe(403);
  });

  test.each<[what: string, leaf: () => Promise<Leaf>]>([
    ["a service", () => pki.leaf("service-a.example.com")],
    ["a prober that may be a client too", () => pki.leaf("prober.test")],
    ["a wildcard", () => pki.leaf("*", { names: ["*.example.com"] })],
    ["a name that begins like the bot's", () => pki.leaf(`${CALLER}.example.com`)],
    ["a name that ends like the bot's", () => pki.leaf(`not-${CALLER}`)],
    ["a name in which the bot's stands", () => pki.leaf("service-a.example.com", { names: [`a, DNS:${CALLER}, b`] })],
  ])("%s is told that it is not, and its certificate stands in the log", async (_what, leafOf) => {
    const leaf = await leafOf();
    for (const [, process, url] of doors()) {
      const from = process.lines.length;
      const reply = await askAs({ pki, leaf }, url);
      expect(reply).toMatchObject({
        status: 403,
        body: { code: "caller", error: expect.stringMatching(/^only certops-bot/) },
      });
      expect((await process.line("caller-refused", from))["shown"]).toMatch(/^CN=/);
    }
  });

  test.each<[what: string, leaf: () => Promise<Leaf | null>, code: string]>([
    ["no certificate", async () => null, "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"],
    ["one of the bot's name by another CA", () => stranger.leaf(CALLER), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
    ["one of the bot's that has expired", () => pki.leaf(CALLER, { ttl: -60 }), "CERT_HAS_EXPIRED"],
    ["one of the bot's name for servers", () => pki.leaf(CALLER, { purposes: ["server"] }), "INVALID_PURPOSE"],
  ])("%s ends at the handshake, with its reason in the log", async (_what, leafOf, code) => {
    const leaf = await leafOf();
    for (const [, process, url] of doors()) {
      const from = process.lines.length;
      await expect(askAs({ pki, leaf }, url)).rejects.toThrow(/./);
      expect(await process.line("refused", from)).toMatchObject({ code });
    }
  });
});

describe("the bot's side", () => {
  test("reads its identity again when it was replaced", async () => {
    const [probers, reader] = [probersAt(prober.address), firewallRouter(router.address, files())];
    await folder.replace("bot.pem", (await pki.leaf("service-a.example.com")).identity);
    try {
      await expect(probers.revoke("f-1")).rejects.toMatchObject({ code: "prober-denied" });
      await expect(reader.ruleset()).rejects.toMatchObject({
        code: "router-denied",
        hint: expect.stringContaining("CALLER"),
      });
    } finally {
      await folder.replace("bot.pem", (await pki.leaf(CALLER)).identity);
    }
    await expect(probers.revoke("f-1")).resolves.toBeUndefined();
  });

  test("trusts its own roots alone, and the host that was asked", async () => {
    for (const [leaf, said] of [
      [await guardedLeaf(stranger, "prober"), "its certificate is not to be trusted"],
      [await pki.leaf("prober.test"), "its certificate does not carry that name or address"],
    ] as const) {
      await using other = await Folder.create();
      await using impostor = await GuardedProcess.start("prober", { folder: other, pki });
      await other.replace("ca.pem", pki.root + stranger.root);
      await other.replace("prober.pem", leaf.identity);
      await impostor.line("swapped", impostor.lines.length);
      expect(await probersAt(impostor.address).try(path, 500)).toEqual({
        outcome: "unknown",
        why: expect.stringContaining(said),
      });
    }
  });

  test("says in words who is away, and never that a path is closed for it", async () => {
    const away = probersAt("https://127.0.0.1:9");
    expect(await away.try(path, 500)).toEqual({
      outcome: "unknown",
      why: "The prober of application at https://127.0.0.1:9 cannot be reached: nothing listens there.",
    });
    await expect(
      away.grant("f-1", { addresses: ["127.0.0.1"], ports: [9], until: Date.now() + 60_000 }),
    ).rejects.toMatchObject({
      code: "prober-down",
      hint: "Start it, or correct firewall.zones.application.prober in certops.yaml.",
    });
    await using silent = await SilentServer.start();
    expect(await probersAt(`https://127.0.0.1:${silent.port}`).try(path, 500)).toMatchObject({ outcome: "unknown" });
  });

  test("has no way to try from a zone without a prober", async () => {
    const probers = firewallProbers([{ name: zone, prober: null }], files());
    expect(await probers.try(path, 500)).toEqual({ outcome: "unknown", why: "The zone application has no prober." });
    await expect(probers.revoke("f-1")).resolves.toBeUndefined();
  });

  test("grants in every zone, and one that is away keeps none of the others from it", async () => {
    await using other = await GuardedProcess.start("prober", { folder, pki });
    const probers = firewallProbers(
      [
        { name: "management", prober: "https://127.0.0.1:9" },
        { name: "database", prober: other.address },
        { name: zone, prober: prober.address },
      ],
      files(),
    );
    const grant = { addresses: ["127.0.0.1"], ports: [9], until: Date.now() + 60_000 };
    await expect(probers.grant("f-all", grant)).rejects.toMatchObject({ code: "prober-down" });
    for (const name of ["database", zone]) {
      expect(await probers.try({ ...path, zone: name, grant: "f-all" }, 500)).toEqual({
        outcome: "refused",
        why: null,
      });
    }
  });
});

test("the bot is not answered any more when its certificate was revoked", async () => {
  const leaf = await pki.leaf(CALLER);
  await folder.replace("root.crl", await pki.rootCrl());
  await folder.replace("leaves.crl", await pki.intermediateCrl());
  const env = { CRL_FILES: `${folder.at("root.crl")},${folder.at("leaves.crl")}` };
  await using careful = await GuardedProcess.start("prober", { folder, pki, env });
  expect(await askAs({ pki, leaf }, `${careful.address}/held/none`)).toMatchObject({ status: 404 });
  await folder.replace("leaves.crl", await pki.intermediateCrl({ revoked: [leaf.serial] }));
  await expect.poll(() => askAs({ pki, leaf }, `${careful.address}/held/none`).catch(() => "refused")).toBe("refused");
  expect(await careful.line("refused")).toMatchObject({ code: "CERT_REVOKED" });
  expect(await askAs({ pki, leaf: bot }, `${careful.address}/held/none`)).toMatchObject({ status: 404 });
});

test("a prober's identity is replaced while it serves", async () => {
  const from = prober.lines.length;
  const fresh = await guardedLeaf(pki, "prober");
  await folder.replace("prober.pem", fresh.identity);
  expect(await prober.line("swapped", from)).toMatchObject({ serial: fresh.serial });
  await expect(probersAt(prober.address).revoke("f-1")).resolves.toBeUndefined();
});

test("a wrong environment is told in one line", async () => {
  await using wrong = GuardedProcess.spawn("prober", { env: { PORT: "70000", HOST: "127.0.0.1" } });
  expect(await wrong.exited).toBe(2);
  expect(wrong.stderr).toContain('PORT must be a whole number from 0 to 65535, not "70000"; IDENTITY_FILE is missing;');
  expect(wrong.stderr).toContain("CALLER is missing");
});
