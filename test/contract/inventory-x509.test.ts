import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import { certificatesIn } from "../../bot/adapters/x509.ts";
import { Failure } from "../../bot/errors.ts";
import { TestPki } from "../support/test-pki.ts";

const ecdsa = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };

async function selfSigned(names: x509.JsonGeneralNames, serialNumber = "0102"): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: "CN=odd, O=Acme",
    keys,
    signingAlgorithm: ecdsa,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  return certificate.toString("pem");
}

function failure(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("reading certificates", () => {
  test("one file with key and chain gives the certificates in their order", async () => {
    const pki = await TestPki.create("Ours");
    const leaf = await pki.leaf("a.example.com", { generation: "r-abcd2345", key: "rsa", names: ["b.example.com"] });
    const [first, second, ...others] = certificatesIn(leaf.identity, "a file");
    expect(first).toMatchObject({
      serial: leaf.serial,
      subject: "CN=a.example.com",
      issuer: "CN=Ours Intermediate",
      names: ["a.example.com", "b.example.com"],
      key: "RSA 2048",
      generation: "r-abcd2345",
      isCa: false,
    });
    expect(second).toMatchObject({ subject: "CN=Ours Intermediate", key: "EC P-256", isCa: true, generation: null });
    expect(others).toEqual([]);
    expect(first?.pem).toBe(certificatesIn(first?.pem ?? "", "itself")[0]?.pem);
  });

  test("a name cannot pass itself off as another", async () => {
    const pem = await selfSigned([
      { type: "dns", value: "evil.example.com, DNS:bank.example.com, URI:urn:certops:generation:r-forged" },
      { type: "dns", value: 'quo"te' },
      { type: "ip", value: "::1" },
      { type: "url", value: "urn:other:thing" },
      { type: "url", value: "urn:certops:generation:g0" },
    ]);
    const [certificate] = certificatesIn(pem, "a file");
    expect(certificate?.names).toEqual([
      "evil.example.com, DNS:bank.example.com, URI:urn:certops:generation:r-forged",
      'quo"te',
    ]);
    expect(certificate).toMatchObject({
      generation: "g0",
      subject: "CN=odd, O=Acme",
      key: "EC P-384",
      serial: "01:02",
    });
  });

  test.each([
    ["nothing", "", "certificate-missing"],
    [
      "a key alone",
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      "certificate-missing",
    ],
    [
      "garbage",
      "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n",
      "certificate-unreadable",
    ],
  ])("%s is refused in one sentence that names the place", (_, pem, code) => {
    const { message, hint, ...rest } = failure(() => certificatesIn(pem, "/etc/certops/identity.pem"));
    expect(rest.code).toBe(code);
    expect(message).toMatch(/^[^\n]*\/etc\/certops\/identity\.pem[^\n]*\.$/);
    expect(hint).not.toBe("");
  });

  test("a certificate cut off in the middle is refused", async () => {
    const { certificate } = await (await TestPki.create()).leaf("a.example.com");
    const lines = certificate.split("\n");
    const torn = [...lines.slice(0, 4), "-----END CERTIFICATE-----"].join("\n");
    expect(failure(() => certificatesIn(torn, "a file")).code).toBe("certificate-unreadable");
  });
});
