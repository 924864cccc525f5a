import type { Identity } from "./identity.ts";

/** What is published of an identity: never the key. */
export function facts(
  identity: Identity,
): Pick<Identity, "serial" | "fingerprint" | "generation" | "notBefore" | "notAfter"> {
  const { serial, fingerprint, generation, notBefore, notAfter } = identity;
  return { serial, fingerprint, generation, notBefore, notAfter };
}
