import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { gatherGround } from "../../bot/adapters/ground.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { type VaultAccess, vaultClient } from "../../bot/adapters/vault/client.ts";
import { vaultHealth } from "../../bot/adapters/vault/health.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import { Failure } from "../../bot/errors.ts";
import { readIssued } from "../../bot/operations/read-issued.ts";
import { vaultNames } from "../../vault-config/services.ts";
import { aStore, anEndpoint } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";
import { tcpServer, tlsServer } from "../support/tls-server.ts";
import { startTestVault, type TestVault } from "../support/vault.ts";

const issuedReply = z.object({ certificate: z.string(), private_key: z.string(), serial_number: z.string() });

let lab: TestVault;
let access: VaultAccess;
let token: string;
const folder = temporaryFolder();

/** What a token with the bot's policy may do. */
const botToken = (ttl = "1h") => lab.server.asRoot.token("auth/token/create", { policies: ["certops-bot"], ttl });

beforeAll(async () => {
  lab = await startTestVault();
  await lab.applyAll();
  token = await botToken();
  access = {
    address: lab.server.address,
    caFile: lab.server.files.ca,
    tokenFile: folder.file("token"),
    deadlineMs: 5_000,
  };
  await writeFile(access.tokenFile, `${token}\n`);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The failure, which must tell a person what to do and hold no token, however deep one looks. */
async function failure(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => new Error("it did not fail"),
    (problem: unknown) => problem,
  );
  if (!(error instanceof Failure)) throw error;
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(token);
  expect([error.message, error.hint]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
  return error;
}

async function issue(role = "service-a", name = "service-a.example.com") {
  const fields = { common_name: name, ttl: "2m", uri_sans: "urn:certops:generation:g0" };
  return issuedReply.parse(await lab.server.asRoot.write(`pki/issue/${role}`, fields));
}

describe("Vault in order", () => {
  test("can be watched as an endpoint: it answers a probe with its own certificate", async () => {
    const { hostname, port } = new URL(access.address);
    const probe = createProbe({ identityFile: folder.file("no-identity.pem"), caFile: access.caFile });
    const endpoint = { service: null, host: hostname, port: Number(port), serverName: vaultNames.common };
    const { observation, chain } = await probe(anEndpoint("vault", endpoint), 5_000);
    expect(observation.problem).toBeNull();
    expect(chain[0]?.names).toContain(vaultNames.common);
  });

  test("is read, listed and written as the bot's policy allows", async () => {
    const vault = vaultClient(access);
    const path = "kv/data/certops/service-a";
    expect(await vault.read("pki/cert/00:11")).toBeNull();
    expect(await vault.list("pki/certs/revoked")).toEqual([]);
    await vault.write(path, { data: { "a-1": "r-abcd2345" }, options: { cas: 1 } });
    expect(await vault.read(path)).toMatchObject({ data: { data: { "a-1": "r-abcd2345" } } });
    const lost = vault.write(path, { data: { "a-1": "r-other234" }, options: { cas: 1 } });
    expect((await failure(lost)).code).toBe("vault-conflict");
  });

  test("says no: the policy forbids it, or the role does", async () => {
    const vault = vaultClient(access);
    expect((await failure(vault.read("sys/auth"))).code).toBe("vault-denied");
    const wrong = await failure(vault.write("pki/issue/certops-bot", { common_name: "certops-bot", ttl: "soon" }));
    expect(wrong).toMatchObject({ code: "vault-refused", message: expect.stringContaining("pki/issue/certops-bot") });
  });

  test("refuses a token that lapsed; the one rendered meanwhile is taken up without a restart", async () => {
    await issue();
    const tokenFile = folder.file("lapsing-token");
    await writeFile(tokenFile, "s.lapsed");
    const vault = vaultClient({ ...access, tokenFile });
    expect((await failure(vault.list("pki/certs"))).code).toBe("vault-denied");
    await writeFile(tokenFile, token);
    expect(await vault.list("pki/certs")).not.toEqual([]);
  });

  test("without a token or a root certificate nothing is asked", async () => {
    const tokenless = vaultClient({ ...access, tokenFile: folder.file("none") });
    expect(await failure(tokenless.read("kv/data/certops/service-a"))).toMatchObject({
      code: "vault-token-missing",
      message: expect.stringContaining(folder.file("none")),
    });
    const rootless = vaultClient({ ...access, caFile: folder.file("none") });
    expect((await failure(rootless.health())).code).toBe("vault-ca-missing");
  });
});

describe("what Vault has issued", () => {
  test("is read once, kept in step, and whatever cannot be read is named", async () => {
    const kept = inventory((await aStore()).db);
    const issued = issuedList(vaultClient(access));
    const needs = { inventory: kept, issued, clock: Date.now };
    await readIssued(needs, "pki");
    const { serial_number: serial } = await issue();
    expect(await readIssued(needs, "pki")).toMatchObject({ added: 1, unread: [] });
    expect(await kept.certificates({ serial })).toMatchObject([
      { serial, names: ["service-a.example.com"], generation: "g0", key: "EC P-256", servedAt: [] },
    ]);
    expect(await readIssued(needs, "pki")).toMatchObject({ added: 0, unread: [] });

    const listing = (serials: string[]) => ({ ...needs, issued: { ...issued, serials: async () => serials } });
    expect(await readIssued(listing([serial, "00:11"]), "pki")).toEqual({ listed: 2, added: 0, unread: ["00:11"] });
    expect(await kept.knownSerials()).toEqual(new Set([serial]));
  });
});

describe("what certops stands on", () => {
  const sources = (identityFile: string) => ({
    rootFile: access.caFile,
    rootCrlFile: lab.server.files.rootCrl,
    identityFile,
    vault: vaultClient(access),
    pkiMount: "pki",
    connectRoot: null,
    clock: Date.now,
  });

  test("is told with its end, all of it", async () => {
    const { certificate, private_key } = await issue();
    await writeFile(folder.file("identity.pem"), `${private_key}\n${certificate}\n`);
    const ground = await gatherGround(sources(folder.file("identity.pem")));
    expect(ground.map(({ problem }) => problem)).toEqual(Array.from({ length: 6 }, () => null));
    const byName = new Map(ground.map((item) => [item.name, item]));
    const year = 365 * 86_400_000;
    const years = (name: Parameters<typeof byName.get>[0]) =>
      Math.round(((byName.get(name)?.notAfter ?? 0) - Date.now()) / year);
    expect([years("root"), years("root's revocation list"), years("intermediate")]).toEqual([10, 10, 5]);
    expect(byName.get("certops' own certificate")?.certificate?.names).toEqual(["service-a.example.com"]);
    const token = byName.get("certops' own token");
    expect((token?.notAfter ?? 0) - (token?.notBefore ?? 0)).toBeGreaterThan(3_500_000);
    expect(byName.get("intermediate's revocation list")?.notAfter).toBeGreaterThan(Date.now());
  });

  test("what cannot be read is a problem of its own, in words", async () => {
    await writeFile(folder.file("garbage.pem"), "garbage");
    const ground = await gatherGround({
      ...sources(folder.file("garbage.pem")),
      rootCrlFile: folder.file("nowhere.crl"),
    });
    expect(ground.flatMap(({ name, problem }) => (problem === null ? [] : [[name, problem]]))).toEqual([
      ["certops' own certificate", expect.stringContaining("There is no certificate")],
      ["root's revocation list", expect.stringContaining("nowhere.crl")],
    ]);
  });
});

describe("Vault out of order", () => {
  test("sealed", async () => {
    const vault = vaultClient(access);
    expect(await vaultHealth(vault)).toEqual({ state: "ok", why: null });
    await lab.server.seal();
    try {
      expect(await vaultHealth(vault)).toMatchObject({ state: "sealed" });
      expect((await failure(vault.list("pki/certs"))).code).toBe("vault-sealed");
    } finally {
      await lab.server.unseal();
    }
    expect(await vaultHealth(vault)).toEqual({ state: "ok", why: null });
    expect(await vault.list("pki/certs")).not.toEqual([]);
  });

  test("down", async () => {
    const gone = await tcpServer(() => {});
    await gone[Symbol.asyncDispose]();
    const vault = vaultClient({ ...access, address: `https://127.0.0.1:${gone.port}` });
    expect(await failure(vault.list("pki/certs"))).toMatchObject({
      code: "vault-down",
      message: expect.stringContaining("nothing listens there"),
    });
    expect(await vaultHealth(vault)).toMatchObject({ state: "down", why: expect.stringContaining("nothing listens") });
  });

  test("hung: the deadline ends it", async () => {
    await using hung = await tcpServer(() => {});
    const vault = vaultClient({ ...access, address: `https://127.0.0.1:${hung.port}`, deadlineMs: 300 });
    expect(await failure(vault.list("pki/certs"))).toMatchObject({
      code: "vault-down",
      message: expect.stringContaining("no answer before the deadline"),
    });
  });

  test("not to be trusted: somebody else's certificate; its root, once ours, is taken up without a restart", async () => {
    const pki = await TestPki.create();
    const { key, chain } = await pki.leaf("127.0.0.1");
    const hello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    await using impostor = await tlsServer({ key, cert: chain }, (socket) =>
      socket.on("data", () => socket.write(hello)),
    );
    const caFile = folder.file("root-of-vault.pem");
    await writeFile(caFile, (await TestPki.create()).root);
    const vault = vaultClient({ ...access, caFile, address: `https://127.0.0.1:${impostor.port}` });
    expect(await failure(vault.list("pki/certs"))).toMatchObject({
      code: "vault-down",
      message: expect.stringContaining("not to be trusted"),
    });
    await writeFile(caFile, pki.root);
    // Trusted now; yet it answers "hello".
    expect((await failure(vault.list("pki/certs"))).code).toBe("vault-odd");
    expect(await vaultHealth(vault)).toMatchObject({ state: "down", why: expect.stringContaining("not Vault") });
  });
});
