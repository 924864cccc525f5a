import type { FirewallPolicy, Zone } from "./policy.ts";
import { spanOf } from "./cidr.ts";
import { common, covers } from "./span.ts";

type Zones = Pick<FirewallPolicy, "zones">;

/** The zone in which all of a network lies; null: it lies in none, or reaches beyond one. */
export function zoneOf({ zones }: Zones, cidr: string): Zone | null {
  const span = spanOf(cidr);
  return zones.find(({ cidrs }) => cidrs.some((one) => covers(spanOf(one), span))) ?? null;
}

/** The zones that a network has addresses of. */
export function zonesMet({ zones }: Zones, cidr: string): Zone[] {
  const span = spanOf(cidr);
  return zones.filter(({ cidrs }) => cidrs.some((one) => common(spanOf(one), span) !== null));
}

/** The zones of these networks, each once, in the order of certops.yaml. */
export function zonesOf(policy: Zones, cidrs: string[]): Zone[] {
  const met = new Set(cidrs.map((cidr) => zoneOf(policy, cidr)));
  return policy.zones.filter((zone) => met.has(zone));
}

/** `management (10.81.1.0/24)` */
export const tellZone = ({ name, cidrs }: Zone): string => `${name} (${cidrs.join(", ")})`;
