import type { X509Certificate } from "node:crypto";

/** As Vault writes it: lower-case hex with colons. */
export function serialOf({ serialNumber }: X509Certificate): string {
  return (serialNumber.toLowerCase().match(/../g) ?? []).join(":");
}
