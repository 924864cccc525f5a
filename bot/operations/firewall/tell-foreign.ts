import { type ForeignKey, keysThat } from "../../domain/firewall/foreign-keys.ts";
import type { FirewallSmuggled } from "../../domain/firewall/notices.ts";
import { standingNotice, type StandingNoticeNeeds } from "./standing-notice.ts";

const foreign = standingNotice({
  name: "firewall-foreign",
  action: "firewall.foreign",
  over: "gone",
  subject: "firewall:keys",
});

function told(foreign: ForeignKey[], over: number | null) {
  const [keys, changed, missing] = (["added", "changed", "missing"] as const).map((how) => keysThat(how, foreign));
  const named = {
    keys: keys ?? [],
    ...(changed?.length && { changed }),
    ...(missing?.length && { missing }),
  };
  const notice: FirewallSmuggled = { type: "firewall-smuggled", over, ...named };
  return { notice, detail: named };
}

/** Told once, however often it is met, until it is gone. */
export const tellForeign = (needs: StandingNoticeNeeds, keys: ForeignKey[]): Promise<void> =>
  foreign.meet(needs, told(keys, null));

/** Consul holds what was approved, and nothing else. */
export const nothingForeign = (needs: StandingNoticeNeeds): Promise<void> =>
  foreign.settle(needs, (at) => told([], at));
