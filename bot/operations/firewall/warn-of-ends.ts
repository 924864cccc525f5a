import type { FirewallEnding } from "../../domain/firewall/notices.ts";
import type { Clock, Notices, Requests } from "../ports.ts";
import { readInForce } from "./in-force.ts";

export interface WarnNeeds {
  requests: Pick<Requests, "list">;
  notices: Notices;
  clock: Clock;
}

const twoWeeks = 14 * 86_400_000;

/** Asks the owner of every rule that ends in two weeks, once for each end, whether to extend it or to let it go. */
export async function warnOfEnds(needs: WarnNeeds): Promise<void> {
  const now = needs.clock();
  const { rules } = await readInForce(needs);
  for (const { id, rule, owner, until, openedAt } of rules.values()) {
    // One that was meant for days needs no asking.
    if (until === null || until <= now || until - now > twoWeeks || until - openedAt <= twoWeeks) continue;
    const name = `firewall:${id}:ending:${until}`;
    if ((await needs.notices.since(name)) !== null) continue;
    const notice: FirewallEnding = { type: "firewall-ending", id, rule, owner, until };
    await needs.notices.raise(name, now, {
      audit: { at: now, actor: "certops", action: "firewall.ending", subject: id, detail: { owner, until } },
      outbox: [{ key: name, kind: "notice", subject: `firewall:${id}`, payload: { ...notice } }],
    });
  }
}
