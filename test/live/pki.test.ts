import "reflect-metadata";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CRLDistributionPointsExtension, X509Certificate as Parsed, X509Crl } from "@peculiar/x509";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createRoot } from "../../vault-config/ceremony.ts";
import { Problem } from "../../vault-config/problem.ts";
import type { Vault } from "../../vault-config/vault.ts";
import { startTestVault, type TestVault } from "../support/vault.ts";

const issued = z.object({
  certificate: z.string(),
  private_key: z.string(),
  ca_chain: z.array(z.string()),
  expiration: z.number(),
});

let lab: TestVault;
let vault: Vault;
beforeAll(async () => {
  lab = await startTestVault();
  vault = lab.server.asRoot;
  await lab.applyAll();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const inThirtyDays = new Date(Date.now() + 30 * 86_400_000).toISOString();
const serviceA = {
  common_name: "service-a.example.com",
  uri_sans: "urn:certops:generation:g0",
  ttl: "2m",
};
const issue = async (role: string, fields: Record<string, string>) =>
  issued.parse(await vault.write(`pki/issue/${role}`, fields));
const refusalOf = (role: string, fields: Record<string, string>) =>
  issue(role, fields).then(
    () => "issued",
    (error: unknown) => (error instanceof Problem ? error.message : String(error)),
  );

describe("three tiers", () => {
  test("a leaf hangs from the intermediate, and that from the root", async () => {
    const { certificate, ca_chain } = await issue("service-a", serviceA);
    const leaf = new X509Certificate(certificate);
    const intermediate = new X509Certificate(ca_chain[0] ?? "");
    const root = new X509Certificate(lab.root.certificatePem);
    expect(ca_chain).toHaveLength(1);
    expect(leaf.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate.verify(root.publicKey)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect([leaf.ca, intermediate.ca, root.ca]).toEqual([false, true, true]);
    expect(leaf.subjectAltName).toBe("DNS:service-a.example.com, URI:urn:certops:generation:g0");
  });

  test("the root lives ten years, the intermediate five, and the root's CRL as long as the root", async () => {
    const root = new X509Certificate(lab.root.certificatePem);
    const intermediate = new X509Certificate((await issue("service-a", serviceA)).ca_chain[0] ?? "");
    const days = (certificate: X509Certificate) =>
      Math.round((certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 86_400_000);
    expect([days(root), days(intermediate)]).toEqual([3650, 1825]);
    const crl = new X509Crl(lab.root.crlPem);
    expect(crl.nextUpdate).toEqual(root.validToDate);
    expect(crl.entries).toEqual([]);
  });

  test("a leaf says where its issuer, its revocation list and OCSP are, and Vault gives the first two there", async () => {
    const { certificate, ca_chain } = await issue("service-a", serviceA);
    const at = (name: string) => `${lab.server.address}/v1/pki/${name}`;
    expect(new X509Certificate(certificate).infoAccess?.trim().split("\n").toSorted()).toEqual([
      `CA Issuers - URI:${at("ca")}`,
      `OCSP - URI:${at("ocsp")}`,
    ]);
    const points = new Parsed(certificate).getExtension(CRLDistributionPointsExtension)?.distributionPoints ?? [];
    const named = points.flatMap(({ distributionPoint }) => distributionPoint?.fullName ?? []);
    expect(named.map(({ uniformResourceIdentifier: url }) => url)).toEqual([at("crl")]);

    await using dispatcher = Object.assign(new Agent({ connect: { ca: lab.root.certificatePem } }), {
      [Symbol.asyncDispose]: () => dispatcher.close(),
    });
    const given = async (name: string) => (await request(at(name), { dispatcher })).body.arrayBuffer();
    const issuer = new X509Certificate(new Uint8Array(await given("ca")));
    expect(issuer.fingerprint256).toBe(new X509Certificate(ca_chain[0] ?? "").fingerprint256);
    expect(new X509Crl(await given("crl")).issuer).toBe(new Parsed(certificate).issuer);
  });

  test("Vault holds one key, and it is not the root's", async () => {
    expect(await vault.list("pki/keys")).toHaveLength(1);
    const issuers = await vault.list("pki/issuers");
    expect(issuers).toHaveLength(1);
    const held = z.object({ certificate: z.string() }).parse(await vault.read(`pki/issuer/${issuers[0]}`));
    const root = new X509Certificate(lab.root.certificatePem);
    expect(new X509Certificate(held.certificate).publicKey.equals(root.publicKey)).toBe(false);
  });

  test("no private key on disk is the root's", async () => {
    const root = new X509Certificate(lab.root.certificatePem).publicKey;
    const keys: string[] = [];
    for (const entry of await readdir(lab.dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = await readFile(join(entry.parentPath, entry.name), "latin1");
      keys.push(...(text.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g) ?? []));
    }
    // Vault's own server key is there, so the search does see keys.
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(createPublicKey(createPrivateKey(key)).equals(root)).toBe(false);
  });

  test("a root that was dropped signs nothing more", async () => {
    const root = await createRoot(Date.now);
    root.drop();
    await expect(root.signServer({ common: "x", dns: ["x"], ip: "127.0.0.1" })).rejects.toMatchObject({
      code: "ROOT_KEY_DROPPED",
    });
  });

  test("Vault gives the intermediate's key to nobody, root or not", async () => {
    const [key] = await vault.list("pki/keys");
    const [issuer] = await vault.list("pki/issuers");
    const told = await Promise.all(
      [`pki/key/${key}`, `pki/issuer/${issuer}`, "pki/cert/ca", "pki/config/keys"].map((path) => vault.read(path)),
    );
    expect(told.every((fields) => fields !== null)).toBe(true);
    expect(JSON.stringify(told)).not.toContain("PRIVATE KEY");
  });
});

describe("a role gives its service's name, for a short time, and nothing else", () => {
  test("an RSA leaf from the RSA role, P-256 from the other", async () => {
    const types = await Promise.all(
      ["service-b", "service-b-rsa"].map(async (role) => {
        const { certificate } = await issue(role, { ...serviceA, common_name: "service-b.example.com" });
        return new X509Certificate(certificate).publicKey.asymmetricKeyType;
      }),
    );
    expect(types).toEqual(["ec", "rsa"]);
  });

  test.each([
    ["a wildcard", { ...serviceA, common_name: "*.example.com" }],
    ["a wildcard below its name", { ...serviceA, common_name: "*.service-a.example.com" }],
    ["another service's name", { ...serviceA, common_name: "service-b.example.com" }],
    ["a second name", { ...serviceA, alt_names: "service-b.example.com" }],
    ["a name below its own", { ...serviceA, common_name: "x.service-a.example.com" }],
    ["localhost", { ...serviceA, common_name: "localhost" }],
    ["an IP address", { ...serviceA, ip_sans: "127.0.0.1" }],
    ["a foreign URI", { ...serviceA, uri_sans: "spiffe://example.com/service-a" }],
    ["an end date of the caller's", { common_name: serviceA.common_name, not_after: inThirtyDays }],
  ])("%s is refused", async (_, fields) => {
    expect(await refusalOf("service-a", fields)).toMatch(/^Vault at .* refused pki\/issue\/service-a: /);
  });

  test("a longer lifetime than 72 hours is not to be had", async () => {
    const { expiration } = await issue("service-a", { ...serviceA, ttl: "2000h" });
    expect(expiration * 1000 - Date.now()).toBeLessThanOrEqual(72 * 3_600_000);
  });

  test("the audit log shows generation and serial in clear, and no key", async () => {
    const { certificate } = await issue("service-a", { ...serviceA, uri_sans: "urn:certops:generation:traced" });
    const serial = new X509Certificate(certificate).serialNumber.toLowerCase().match(/../g)?.join(":");
    const lines = (await readFile(lab.server.files.audit, "utf8")).trim().split("\n");
    const line = lines.find((text) => text.includes("urn:certops:generation:traced") && text.includes('"response"'));
    expect(line).toContain(`"serial_number":"${serial}"`);
    expect(lines.join("")).not.toContain("PRIVATE KEY");
  });
});
