import type { Clock } from "../operations/ports.ts";
import type { Deliveries } from "../operations/store-ports.ts";
import { pause } from "../operations/waiting.ts";
import type { SlackLog } from "./guard.ts";
import { workOff } from "./work-off.ts";
import type { WorkNeeds } from "./work-off.ts";

export interface ReplayNeeds extends WorkNeeds {
  deliveries: Pick<Deliveries, "done">;
  clock: Clock;
  log: SlackLog;
}

/** After so long the person has looked and asked again; Slack takes no answer after thirty minutes. */
const longestAgeMs = 900_000;
const againAfterMs = 5_000;

/**
 * Works off what a bot before this one acknowledged and did not finish, in the order in which it came. What fails is
 * tried again until it is too old, or until the signal.
 *
 * @param unfinished read before this process took its first delivery
 */
export async function replay(
  needs: ReplayNeeds,
  unfinished: Awaited<ReturnType<Deliveries["unfinished"]>>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, deliveries, log } = needs;
  let left = unfinished;
  while (left.length > 0 && !signal.aborted) {
    const failed: typeof left = [];
    for (const { key, at, work } of left) {
      if (signal.aborted) return;
      const seen = { kind: work.kind, user: work.user, at };
      try {
        const late = clock() - at > longestAgeMs;
        if (!late) await workOff(needs, work, at);
        await deliveries.done([key]);
        if (late) log.warn(seen, "cut off too long ago: given up");
        else log.info(seen, "cut off before, done now");
      } catch (error) {
        log.warn({ ...seen, err: error }, "cut off before, and not done yet: it is tried again");
        failed.push({ key, at, work });
      }
    }
    left = failed;
    if (left.length > 0) await pause(againAfterMs, signal);
  }
}
