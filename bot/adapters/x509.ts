import { type KeyObject, X509Certificate } from "node:crypto";
import { type Certificate, generationUri } from "../domain/certificate.ts";
import { Failure } from "../errors.ts";

/** Every certificate of a PEM text, in its order; keys and other blocks are passed over. `from` names the text in the Failure. */
export function certificatesIn(pem: string, from: string): Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    throw new Failure(
      "certificate-missing",
      `There is no certificate in ${from}.`,
      "A PEM certificate begins with -----BEGIN CERTIFICATE-----.",
    );
  }
  return blocks.map((block) => {
    try {
      return certificateOf(new X509Certificate(block));
    } catch {
      throw new Failure(
        "certificate-unreadable",
        `A certificate in ${from} cannot be read: it is cut off or garbled.`,
        "Look at it with: openssl x509 -in FILE -noout -text",
      );
    }
  });
}

/** Throws when its dates cannot be read. */
export function certificateOf(x509: X509Certificate): Certificate {
  const [notBefore, notAfter] = [x509.validFromDate.getTime(), x509.validToDate.getTime()];
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) throw new RangeError("a certificate without readable dates");
  const alternatives = alternativeNames(x509.subjectAltName ?? "");
  const valuesOf = (type: string) => alternatives.filter((entry) => entry.type === type).map(({ value }) => value);
  const generation = valuesOf("URI").find((uri) => uri.startsWith(generationUri));
  return {
    fingerprint: fingerprintOf(x509),
    serial: serialOf(x509),
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    names: valuesOf("DNS"),
    notBefore,
    notAfter,
    key: keyKind(x509),
    generation: generation?.slice(generationUri.length) ?? null,
    isCa: x509.ca,
    pem: x509.toString(),
  };
}

export function fingerprintOf(x509: X509Certificate): string {
  return x509.fingerprint256.replaceAll(":", "").toLowerCase();
}

/** Node writes "DNS:a, URI:urn:x", and a value with a comma, a quote or a control character as a JSON string. */
function alternativeNames(text: string): { type: string; value: string }[] {
  const entries = text.matchAll(/([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g);
  return [...entries].map(([, type = "", value = ""]) => ({
    type,
    value: value.startsWith('"') ? unquote(value) : value,
  }));
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

function serialOf(x509: X509Certificate): string {
  const digits = x509.serialNumber.toLowerCase();
  return (digits.length % 2 === 0 ? digits : `0${digits}`).replaceAll(/(..)(?=.)/g, "$1:");
}

const oneLine = (distinguishedName: string) => distinguishedName.split("\n").join(", ");

const curves: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

function keyKind(x509: X509Certificate): string {
  const key = publicKeyOf(x509);
  const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details = {} } = key ?? {};
  if (type === "ec") return `EC ${curves[details.namedCurve ?? ""] ?? details.namedCurve}`;
  if (type === "rsa" || type === "rsa-pss") return `RSA ${details.modulusLength}`;
  return type.startsWith("ed") ? type.replace("ed", "Ed") : type;
}

/** null for a kind of key that OpenSSL does not know. */
function publicKeyOf(x509: X509Certificate): KeyObject | null {
  try {
    return x509.publicKey;
  } catch {
    return null;
  }
}
