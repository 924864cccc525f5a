import type { FirewallSmuggled } from "../../domain/firewall/notices.ts";
import { standingNotice, type StandingNoticeNeeds } from "./standing-notice.ts";

const foreign = standingNotice({
  name: "firewall-foreign",
  action: "firewall.foreign",
  over: "gone",
  subject: "firewall:keys",
});

function told(keys: string[], over: number | null) {
  const notice: FirewallSmuggled = { type: "firewall-smuggled", over, keys };
  return { notice, detail: { keys } };
}

/** Told once, however often it is met, until it is gone. */
export const tellForeign = (needs: StandingNoticeNeeds, keys: string[]): Promise<void> =>
  foreign.meet(needs, told(keys, null));

/** Consul holds what was approved, and nothing else. */
export const nothingForeign = (needs: StandingNoticeNeeds): Promise<void> =>
  foreign.settle(needs, (at) => told([], at));
