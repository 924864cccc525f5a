import { allowing } from "./overlap.ts";
import type { Packet } from "./packets.ts";
import type { FirewallPolicy } from "./policy.ts";
import type { InForce } from "./rules-in-force.ts";
import { zoneOf } from "./zones.ts";

/** What a connection ends in that a firewall drops: nothing comes back, or no way is known. */
const dropped = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * Whether it is the firewall that keeps the bot from looking there: nothing came back, it lies in another zone than the bot, and
 * no rule in force lets the bot through. `address`: IPv4. `code`: how the look at it failed; null: it did not.
 */
export function isHidden(
  { zones, self }: Pick<FirewallPolicy, "zones" | "self">,
  { address, port, code }: { address: string; port: number; code: string | null },
  { rules, services }: Pick<InForce, "rules" | "services">,
): boolean {
  if (code === null || !dropped.has(code)) return false;
  const zone = zoneOf({ zones }, address);
  if (zone === null || zone === zoneOf({ zones }, self)) return false;
  const packet: Packet = { protocol: "tcp", from: self, to: address, port };
  return allowing(packet, [...rules.values()], services).length === 0;
}
