import { requestId } from "./adapters/request-id.ts";
import type { Logger } from "./log.ts";
import { expireRules } from "./operations/firewall/expire-rules.ts";
import { serviceFollower } from "./operations/firewall/follow-services.ts";
import { warnOfEnds } from "./operations/firewall/warn-of-ends.ts";
import { watchDrift } from "./operations/firewall/watch-drift.ts";
import type { Parts } from "./parts.ts";
import { every } from "./workers.ts";

const second = 1_000;

/** What the bot does unasked about the firewall, until the signal; nothing where certops.yaml has none. */
export function firewallLoops(parts: Parts, { signal, log }: { signal: AbortSignal; log: Logger }): Promise<void>[] {
  const { firewall, config } = parts;
  if (firewall === null || config.firewall === null) return [];
  const needs = { ...parts, firewall, newId: () => requestId("firewall") };
  const follower = serviceFollower(needs);
  const { lookMs } = config.firewall;
  const loop = (name: string, ms: number, work: () => Promise<unknown>) => every(name, { ms, signal, log }, work);
  return [
    loop("firewall-ends", second, () => expireRules(needs)),
    loop("firewall-warnings", 60 * second, () => warnOfEnds(needs)),
    loop("firewall-moves", lookMs, () => follower.look()),
    loop("firewall-drift", lookMs, () => watchDrift(needs, signal)),
  ];
}
