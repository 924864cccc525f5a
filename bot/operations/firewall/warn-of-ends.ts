import type { FirewallEnding } from "../../domain/firewall/notices.ts";
import type { Clock } from "../ports.ts";
import type { Notices, Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";

export interface WarnNeeds {
  requests: Pick<Requests, "list" | "count">;
  notices: Notices;
  clock: Clock;
}

const twoWeeks = 14 * 86_400_000;
/** Of a rule's life: one that is meant for hours is asked about in its last part as well. */
const share = 0.2;
/** There is no time to answer in less. */
const least = 60_000;

/**
 * Asks the owner of every rule that ends in two weeks, or in a fifth of its life where that is less, once for each end, whether
 * to extend it or to let it go.
 */
export async function warnOfEnds(needs: WarnNeeds): Promise<void> {
  const now = needs.clock();
  const { rules } = await readInForce(needs);
  for (const { id, rule, owner, until, openedAt } of rules.values()) {
    if (until === null || until <= now) continue;
    const before = Math.min(twoWeeks, share * (until - openedAt));
    if (before < least || until - now > before) continue;
    const name = `firewall:${id}:ending:${until}`;
    if ((await needs.notices.since(name)) !== null) continue;
    const notice: FirewallEnding = { type: "firewall-ending", id, rule, owner, until };
    await needs.notices.raise(name, now, {
      audit: { at: now, actor: "certops", action: "firewall.ending", subject: id, detail: { owner, until } },
      outbox: [{ key: name, kind: "notice", subject: `firewall:${id}`, payload: { ...notice } }],
    });
  }
}
