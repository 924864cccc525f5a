/** A certificate as the bot remembers it. Identity is the fingerprint. Times are epoch milliseconds. */
export interface Certificate {
  /** SHA-256 over the DER, lower-case hex without separators. */
  fingerprint: string;
  /** Lower-case hex with colons, as Vault writes it. */
  serial: string;
  subject: string;
  issuer: string;
  /** DNS names of the subjectAltName. */
  names: string[];
  notBefore: number;
  notAfter: number;
  /** For example "EC P-256" or "RSA 2048". */
  key: string;
  /** From `urn:certops:generation:<id>` in the subjectAltName. */
  generation: string | null;
  isCa: boolean;
  pem: string;
}

export const generationUri = "urn:certops:generation:";

/** A certificate with what the inventory knows about where and when it was met. */
export interface CertificateRecord extends Certificate {
  /** Endpoints whose latest observation shows it. */
  servedAt: string[];
  /** Every endpoint that was ever seen serving it. */
  sightings: Sighting[];
  /** When it was first read from Vault's list of issued certificates; null: it never stood there. */
  issuedAt: number | null;
  /** When an endpoint was first and last seen serving it, or it was first read from Vault's list. */
  firstSeen: number;
  lastSeen: number;
}

export interface Sighting {
  endpoint: string;
  firstSeen: number;
  lastSeen: number;
  /** Nothing else has been seen at that endpoint since; it may be out of reach by now. */
  latest: boolean;
}
