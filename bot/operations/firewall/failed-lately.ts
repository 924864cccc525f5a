import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";

/** What the bot asks for by itself and comes to nothing is asked for again no sooner. */
const againMs = 300_000;

/** `last`: the latest request of that subject. */
export function failedLately(last: FirewallRequest | undefined, now: number): boolean {
  return last !== undefined && ["failed", "rolled-back"].includes(last.state) && last.createdAt > now - againMs;
}
