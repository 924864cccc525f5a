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
