// @peculiar/x509 needs the metadata in place before it loads.
import "reflect-metadata";
import { X509Crl } from "@peculiar/x509";
import { Failure } from "../errors.ts";

/** A revocation list as its CA signed it. Times are epoch milliseconds; without `nextUpdate` it never lapses. */
export interface RevocationList {
  thisUpdate: number;
  nextUpdate: number | null;
  /** What it names, lower-case hex with colons. */
  serials: Set<string>;
}

/** The list in a PEM text. Fails with `crl-missing`. */
export function revocationListIn(pem: string): RevocationList {
  const base64 = /-----BEGIN (?:X509 )?CRL-----([\s\S]*?)-----END/.exec(pem)?.[1];
  if (base64 === undefined) throw new Failure("crl-missing", "There is no revocation list in it.", "Write it as PEM.");
  const { thisUpdate, nextUpdate, entries } = new X509Crl(Buffer.from(base64, "base64"));
  return {
    thisUpdate: thisUpdate.getTime(),
    nextUpdate: nextUpdate?.getTime() ?? null,
    serials: new Set(entries.map(({ serialNumber }) => serialNumber.toLowerCase().replaceAll(/(..)(?=.)/g, "$1:"))),
  };
}
