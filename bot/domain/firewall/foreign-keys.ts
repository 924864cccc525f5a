import type { InForce } from "./rules-in-force.ts";
import { keysOf } from "./sealed-keys.ts";

/** What Consul holds while nothing is under way: the approved rules under the seal of the last run. */
export function standingKeys(inForce: InForce): Record<string, string> {
  // Nothing at all needs no seal.
  return inForce.revision === 0 && inForce.rules.size === 0 ? {} : keysOf(inForce, inForce.revision);
}

/** The keys that are not as they have to be: there and should not be, missing, or changed. */
export function foreignKeys(values: Record<string, string>, wanted: Record<string, string>): string[] {
  const keys = new Set([...Object.keys(wanted), ...Object.keys(values)]);
  return [...keys].filter((key) => values[key] !== wanted[key]).toSorted();
}
