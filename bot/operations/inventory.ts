import type { Certificate, CertificateRecord } from "../domain/certificate.ts";
import type { Observation, ObservationRecord } from "../domain/endpoint.ts";
import type { Window } from "../domain/expiry.ts";

export interface Inventory {
  saveObservation(observation: Observation, chain: Certificate[]): Promise<void>;
  saveIssued(certificates: Certificate[], at: number): Promise<void>;
  /** Serials that were read from Vault's list and stand there still, as far as is known. */
  knownSerials(): Promise<Set<string>>;
  /** They left Vault's list; the certificates themselves stay. */
  forgetSerials(serials: string[]): Promise<void>;
  /** Every one for which all of the filter holds; the latest end first. */
  certificates(filter: CertificateFilter): Promise<CertificateRecord[]>;
  /**
   * The same, with whether there are more of them. `words`: each begins a word of its subject, its names or its issuer; of
   * words or a suffix that very many bear only some are looked through.
   */
  lookUp(
    filter: CertificateFilter & { limit: number; words?: string[] },
  ): Promise<{ records: CertificateRecord[]; isBeyond: boolean }>;
  /** The latest of each endpoint. */
  observations(): Promise<ObservationRecord[]>;
  certificate(fingerprint: string): Promise<Certificate | null>;
  /** Everyone who signed a certificate. */
  issuers(): Promise<string[]>;
  /** Forgets what is history, has expired, and was last met before that time. Returns how many. */
  forgetBefore(at: number): Promise<number>;
}

export interface CertificateFilter {
  serial?: string;
  /** Whole bytes from its beginning. */
  serialStart?: string;
  /** The whole of it or its beginning. */
  fingerprint?: string;
  /** Exact DNS name, or `*.suffix` for everything under it. */
  name?: string;
  generation?: string;
  /** One of them. */
  issuers?: string[];
  /** What each endpoint showed last, authorities, and what was seen nowhere, is valid at that time and bears one of these names. */
  inUse?: { at: number; names: string[] };
  /**
   * What was seen nowhere, is valid at that time, and was not issued anew since: the soonest end first. `window`: near its end.
   */
  unwatched?: { at: number; window?: Window };
  limit?: number;
}
