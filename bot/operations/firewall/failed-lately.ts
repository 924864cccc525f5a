import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";

/** What the bot asks for by itself and comes to nothing is asked for again no sooner. */
const againMs = 300_000;

/** `last`: the latest request of that subject. */
export function failedLately(last: FirewallRequest | undefined, now: number, ms = againMs): boolean {
  return last !== undefined && isFailed(last) && last.createdAt > now - ms;
}

const isFailed = ({ state }: FirewallRequest) => state === "failed" || state === "rolled-back";

const firstAgainMs = 15_000;

/** What was promised is tried again sooner, and ever later while it fails. `requests`: of that subject, the latest first. */
export function failedJustNow(requests: FirewallRequest[], now: number): boolean {
  const others = requests.findIndex((request) => !isFailed(request));
  const times = others === -1 ? requests.length : others;
  return failedLately(requests[0], now, Math.min(againMs, firstAgainMs * 2 ** (times - 1)));
}
