import { asWritten } from "./as-written.ts";
import type { InForce } from "./rules-in-force.ts";
import { keysOf } from "./sealed-keys.ts";

/** What Consul holds while nothing is under way: the approved rules under the seal of the last run. */
export function standingKeys(inForce: InForce): Record<string, string> {
  // Nothing at all needs no seal.
  return inForce.revision === 0 && inForce.rules.size === 0 ? {} : keysOf(asWritten(inForce), inForce.revision);
}

/** A key that is not as it has to be: there and should not be, with another value, or not there. */
export interface ForeignKey {
  key: string;
  how: "added" | "changed" | "missing";
}

export function foreignKeys(values: Record<string, string>, wanted: Record<string, string>): ForeignKey[] {
  const keys = new Set([...Object.keys(wanted), ...Object.keys(values)]);
  return [...keys]
    .filter((key) => values[key] !== wanted[key])
    .toSorted()
    .map((key) => ({ key, how: !(key in wanted) ? "added" : key in values ? "changed" : "missing" }));
}

export const keysThat = (how: ForeignKey["how"], keys: ForeignKey[]): string[] =>
  keys.flatMap((one) => (one.how === how ? [one.key] : []));
