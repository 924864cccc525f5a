import type { Certificate } from "../../domain/certificate.ts";
import type { CertificateRow } from "./inventory-tables.ts";

/** "a.example.com" → "com.example.a." */
export function reversed(name: string): string {
  return `${name.toLowerCase().split(".").toReversed().join(".")}.`;
}

export function rowOf(certificate: Certificate, at: number, issuedAt: number | null): CertificateRow {
  const { fingerprint, serial, subject, issuer, names, notBefore, notAfter, key, generation, isCa, pem } = certificate;
  return {
    fingerprint,
    serial,
    subject,
    issuer,
    names: JSON.stringify(names),
    not_before: notBefore,
    not_after: notAfter,
    key,
    generation,
    is_ca: isCa ? 1 : 0,
    pem,
    issued_at: issuedAt,
    first_seen: at,
    last_seen: at,
  };
}

export function certificateOf(row: CertificateRow): Certificate {
  const { fingerprint, serial, subject, issuer, key, generation, pem } = row;
  return {
    fingerprint,
    serial,
    subject,
    issuer,
    names: JSON.parse(row.names),
    notBefore: row.not_before,
    notAfter: row.not_after,
    key,
    generation,
    isCa: row.is_ca === 1,
    pem,
  };
}
