import type { HandshakeProblem } from "./endpoint.ts";
import { type Placed, whyAway, whyUnasked } from "./placement.ts";
import { shortened } from "./serial.ts";
import type { Swap } from "./swap.ts";
import { utc } from "./utc.ts";
import { type VaultHealth, whyNotIssuing } from "./vault-health.ts";

/** What the end found at an instance that does not show the generation. */
export interface Evidence {
  /** Of the latest handshake; null when it verified. */
  problem: HandshakeProblem | null;
  /** What it serves instead; null when no certificate was seen. */
  serial: string | null;
  /** When that one ends, in epoch milliseconds; null when no certificate was seen. */
  notAfter: number | null;
  /** Its own account of the new certificate, where it has one. */
  swap: Swap | null;
  /** What its scheduler says of it; null: none runs it. */
  placement: Placed | null;
  /** Whether Vault could issue at that moment. */
  vault: VaultHealth;
}

/** For a person; null when the instance shows the generation (there is nothing to explain). */
export function whyNotServed(
  instance: string,
  { written, seen, unserved }: { written: boolean; seen: Evidence | null; unserved: string[] | null },
): string | null {
  if (!seen) return null;
  if (!written) return `Left as it was: its generation was not written.`;
  const reason = reasonFor(instance, seen, unserved);
  const unasked = whyUnasked(seen.placement);
  return unasked === null ? reason : `${reason} Nomad may know more, and could not be asked: ${unasked}`;
}

function reasonFor(instance: string, seen: Evidence, unserved: string[] | null): string {
  if (seen.swap?.outcome === "refused") {
    return `Rendered but not served: ${instance} refused the new certificate (${seen.swap.problem ?? "no reason given"}).`;
  }
  // Once issued, a seal that came later explains nothing.
  const outage = unserved?.length ? null : whyNotIssuing(seen.vault);
  const besides = outage === null ? "" : ` ${outage}`;
  const away = whyAway(seen.placement);
  if (away !== null) return `${away} ${asSeen(seen)}${besides}`;
  if (seen.problem)
    return `Handshakes fail: ${seen.problem.cause} (${seen.problem.code}). ${seen.problem.fix}${besides}`;
  const still = stillServes(seen);
  if (outage !== null)
    return `${outage} ${instance} ${still}${seen.notAfter === null ? "" : `, until ${utc(seen.notAfter)}`}.`;
  if (unserved === null) return `It ${still}; whether Vault issued the new one is not known.`;
  return unserved.length > 0
    ? `Rendered but not served: Vault issued ${unserved.map(shortened).join(", ")} for this generation, and ${instance} ${still}.`
    : `Not issued: ${rendererOf(instance, seen.placement)} has not rendered a new one, and ${instance} ${still}.`;
}

/** What we saw ourselves, of one whose scheduler has the reason. */
function asSeen({ problem, serial }: Evidence): string {
  if (problem === null) return `It ${stillServes({ serial })}.`;
  return problem.code === "NOT_LISTED" ? problem.fix : `Handshakes fail: ${problem.cause} (${problem.code}).`;
}

const stillServes = ({ serial }: Pick<Evidence, "serial">) =>
  serial === null ? "shows no certificate" : `still serves ${shortened(serial)}`;

function rendererOf(instance: string, placed: Placed | null): string {
  if (placed === null) return `the agent of ${instance}`;
  return typeof placed === "object" && "allocation" in placed && placed.allocation !== null
    ? `Nomad's client on ${placed.allocation.node.name}`
    : "Nomad's client";
}
