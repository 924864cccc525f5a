import "reflect-metadata";
import { createHash } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  PemConverter,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";

const HOUR_MS = 3_600_000;
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * A root that nobody in the lab trusts, and under it an identity that is right in every other way.
 * `identityPem` holds key, leaf and root, `crlPem` the root's empty revocation list; `fingerprint` is the leaf's, SHA-256. `now` is epoch milliseconds.
 */
export async function otherAuthority(
  serverName: string,
  now: number,
): Promise<{ rootPem: string; crlPem: string; identityPem: string; fingerprint: string }> {
  const dates = { notBefore: new Date(now - 60_000), notAfter: new Date(now + HOUR_MS) };
  const rootKeys = await crypto.subtle.generateKey(P256, false, ["sign", "verify"]);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: "CN=a root nobody here knows",
    keys: rootKeys,
    signingAlgorithm: P256,
    ...dates,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const leafKeys = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const leaf = await X509CertificateGenerator.create({
    subject: `CN=${serverName}`,
    issuer: root.subject,
    publicKey: leafKeys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: P256,
    ...dates,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([{ type: "dns", value: serverName }]),
    ],
  });
  const crl = await X509CrlGenerator.create({
    issuer: root.subject,
    thisUpdate: dates.notBefore,
    nextUpdate: dates.notAfter,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: P256,
  });
  const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", leafKeys.privateKey), "PRIVATE KEY");
  const rootPem = `${root.toString("pem")}\n`;
  return {
    rootPem,
    // The library's own label, "CRL", is one that OpenSSL does not read.
    crlPem: `${PemConverter.encode(crl.rawData, "X509 CRL")}\n`,
    identityPem: `${key}\n${leaf.toString("pem")}\n${rootPem}`,
    fingerprint: createHash("sha256").update(new Uint8Array(leaf.rawData)).digest("hex"),
  };
}
