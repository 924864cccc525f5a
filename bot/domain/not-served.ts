import type { HandshakeProblem } from "./endpoint.ts";
import { shortened } from "./serial.ts";
import type { Swap } from "./swap.ts";

/** What the end found at an instance that does not show the generation. */
export interface Evidence {
  /** Of the latest handshake; null when it verified. */
  problem: HandshakeProblem | null;
  /** What it serves instead; null when no certificate was seen. */
  serial: string | null;
  /** Its own account of the new certificate, where it has one. */
  swap: Swap | null;
}

/** One sentence for a person; null when the instance shows the generation (there is nothing to explain). */
export function whyNotServed(
  instance: string,
  { written, seen, unserved }: { written: boolean; seen: Evidence | null; unserved: string[] | null },
): string | null {
  if (!seen) return null;
  if (!written) return `Left as it was: its generation was not written.`;
  if (seen.swap?.outcome === "refused") {
    return `Rendered but not served: ${instance} refused the new certificate (${seen.swap.problem ?? "no reason given"}).`;
  }
  if (seen.problem) return `Handshakes fail: ${seen.problem.cause} (${seen.problem.code}). ${seen.problem.fix}`;
  const still = seen.serial === null ? "shows no certificate" : `still serves ${shortened(seen.serial)}`;
  if (unserved === null) return `It ${still}; whether Vault issued the new one is not known.`;
  return unserved.length > 0
    ? `Rendered but not served: Vault issued ${unserved.map(shortened).join(", ")} for this generation, and ${instance} ${still}.`
    : `Not issued: the agent of ${instance} has not asked Vault for it, and ${instance} ${still}.`;
}
