import { constants, X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { parseRevocationList, type RevocationList } from "./revocation-list.ts";

/** A key, its certificate and the chain up to the CA, always from one read of one file. Times are epoch milliseconds. */
export interface Identity {
  key: string;
  /** PEM, leaf first. */
  chain: string;
  /** Lower-case hex with colons. */
  serial: string;
  /** SHA-256, lower-case hex. */
  fingerprint: string;
  /** From `urn:certops:generation:<id>` among the certificate's names. */
  generation: string | null;
  notBefore: number;
  notAfter: number;
  names: string[];
  subject: string;
  issuer: string;
}

/** An identity and what it trusts: everything a handshake needs. */
export interface Material {
  identity: Identity;
  /** PEM of the CAs that peers must lead to. */
  ca: string;
  /** One list per CA of the chain; none switches the revocation check off. */
  crls: RevocationList[];
  /** One of them is past its time: OpenSSL would refuse everybody, so they are looked into after the handshake instead. */
  lapsed: boolean;
}

const privateKey = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+-----END ([A-Z]+ )?PRIVATE KEY-----/g;
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const revocationList = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** Throws with a sentence when the text does not hold exactly one private key and at least one certificate. */
export function parseIdentity(pem: string): Identity {
  if (pem.trim() === "") throw new Error("the file is empty");
  const keys = pem.match(privateKey) ?? [];
  const certificates = pem.match(certificate) ?? [];
  if (keys.length !== 1) throw new Error(`the file must hold one private key, but holds ${keys.length}`);
  if (certificates.length === 0) throw new Error("the file holds no certificate");
  if (pem.match(/-----BEGIN /g)?.length !== 1 + certificates.length) throw new Error("the file ends in mid-block");

  const leaf = new X509Certificate(certificates[0] ?? "");
  return { key: keys[0] ?? "", chain: certificates.join("\n"), ...describe(leaf) };
}

/** Throws with a sentence when there is no certificate: without a CA, Node would trust the public roots. */
export function parseTrust(ca: string, crls: string[]): Omit<Material, "identity"> {
  if (!ca.match(certificate)) throw new Error("the CA file holds no certificate");
  if (crls.some((crl) => !crl.match(revocationList))) throw new Error("a CRL file holds no CRL");
  const lists = crls.flatMap((crl) => crl.match(revocationList) ?? []);
  return { ca, crls: lists.map(parseRevocationList), lapsed: false };
}

/** What a certificate says of itself. */
export function describe(leaf: X509Certificate): Omit<Identity, "key" | "chain"> {
  const names = leaf.subjectAltName?.split(", ") ?? [];
  const starting = (prefix: string) =>
    names.flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
  return {
    serial: (leaf.serialNumber.toLowerCase().match(/../g) ?? []).join(":"),
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
    generation: starting("URI:urn:certops:generation:")[0] ?? null,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    names: starting("DNS:"),
    subject: leaf.subject.replaceAll("\n", ", "),
    issuer: leaf.issuer.replaceAll("\n", ", "),
  };
}

/**
 * Everything `setSecureContext` needs, every time: what is left out falls back to a default, and for `ca` that is the public roots.
 * No session tickets, since a resumed session is not checked again: it would be served on after its certificate expired.
 */
export function tlsOptions({ identity, ca, crls, lapsed }: Material): SecureContextOptions {
  return {
    key: identity.key,
    cert: identity.chain,
    ca,
    ...(crls.length > 0 && !lapsed && { crl: crls.map(({ pem }) => pem) }),
    minVersion: "TLSv1.3",
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
