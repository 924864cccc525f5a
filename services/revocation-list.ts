import type { X509Certificate } from "node:crypto";

/** What a CA has taken back: RFC 5280's CertificateList, as much of it as is looked into here. */
export interface RevocationList {
  pem: string;
  /** The CA's name, DER in hex. */
  issuer: string;
  /** Epoch milliseconds; from then on OpenSSL refuses everybody in its name. Infinity where it does not say. */
  nextUpdate: number;
  /** Lower-case hex with colons. */
  serials: ReadonlySet<string>;
}

/** Throws with a sentence when it is no list, or cut off. Its signature is checked in each handshake, by OpenSSL. */
export function parseRevocationList(pem: string): RevocationList {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ""), "base64");
  const [list] = elements(der);
  const [toBeSigned] = list ? elements(list.content) : [];
  // version?, signature, issuer, thisUpdate, nextUpdate?, revokedCertificates?, extensions?
  const parts = toBeSigned ? elements(toBeSigned.content).filter(({ tag }) => tag !== integer) : [];
  const [, issuer, , next, ...rest] = parts;
  if (issuer?.tag !== sequence || next === undefined) throw new Error("a CRL file holds a CRL that cannot be read");
  const dated = times.has(next.tag);
  const revoked = (dated ? rest : [next, ...rest]).find(({ tag }) => tag === sequence);
  return {
    pem,
    issuer: issuer.whole.toString("hex"),
    nextUpdate: dated ? timeOf(next) : Infinity,
    serials: new Set(revoked ? elements(revoked.content).map(({ content }) => serialOf(elements(content)[0])) : []),
  };
}

/** Whether one of the lists names the certificate, or one above it in its chain. */
export function isRevoked(lists: readonly RevocationList[], certificate: X509Certificate): boolean {
  for (let next: X509Certificate | undefined = certificate; next; next = next.issuerCertificate) {
    const [list] = elements(next.raw);
    const [toBeSigned] = list ? elements(list.content) : [];
    // [0] version?, serialNumber, signature, issuer
    const [serial, , issuer] = toBeSigned ? elements(toBeSigned.content).filter(({ tag }) => tag !== version) : [];
    const by = issuer?.whole.toString("hex");
    if (lists.some((one) => one.issuer === by && one.serials.has(serialOf(serial)))) return true;
  }
  return false;
}

interface Element {
  tag: number;
  content: Buffer;
  /** Tag and length included. */
  whole: Buffer;
}

const integer = 0x02;
const sequence = 0x30;
const version = 0xa0;
const utcTime = 0x17;
const times = new Set([utcTime, 0x18]);

/** The elements of a DER sequence's content, in their order. */
function elements(der: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < der.length;) {
    const first = der[at + 1] ?? 0;
    const sizeBytes = first < 0x80 ? 0 : first - 0x80;
    const start = at + 2 + sizeBytes;
    if (sizeBytes > 4 || start > der.length) throw new Error("a CRL file holds a CRL that is cut off");
    const end = start + (sizeBytes === 0 ? first : der.readUIntBE(at + 2, sizeBytes));
    if (end > der.length) throw new Error("a CRL file holds a CRL that is cut off");
    found.push({ tag: der[at] ?? 0, content: der.subarray(start, end), whole: der.subarray(at, end) });
    at = end;
  }
  return found;
}

/** A positive number whose first bit is set has a zero byte before it. */
function serialOf(element: Element | undefined): string {
  const digits = element?.content.toString("hex") ?? "";
  return (digits.replace(/^00(?=.)/, "").match(/../g) ?? []).join(":");
}

/** UTCTime has two digits for the year: 50 and later are of the last century. */
function timeOf({ tag, content }: Element): number {
  const text = content.toString("latin1");
  const full = tag === utcTime ? `${Number(text.slice(0, 2)) < 50 ? 20 : 19}${text}` : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(full) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
