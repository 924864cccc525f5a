import type { FirewallSmuggled } from "../../domain/firewall/notices.ts";
import type { Clock, Commit, Notices } from "../ports.ts";

interface TellNeeds {
  notices: Notices;
  clock: Clock;
}

const name = "firewall-foreign";

/** Told once, however often it is met, until it is gone. */
export async function tellForeign({ notices, clock }: TellNeeds, keys: string[]): Promise<void> {
  if ((await notices.since(name)) !== null) return;
  const now = clock();
  await notices.raise(name, now, commit({ type: "firewall-smuggled", over: null, keys }, { at: now, since: now }));
}

/** Consul holds what was approved, and nothing else. */
export async function nothingForeign({ notices, clock }: TellNeeds): Promise<void> {
  const since = await notices.since(name);
  if (since === null) return;
  const now = clock();
  await notices.settle(name, commit({ type: "firewall-smuggled", over: now, keys: [] }, { at: now, since }));
}

function commit(notice: FirewallSmuggled, { at, since }: { at: number; since: number }): Commit {
  const isOver = notice.over !== null;
  const step = isOver ? "gone" : "met";
  return {
    audit: {
      at,
      actor: "certops",
      action: `firewall.foreign-${step}`,
      subject: "firewall",
      detail: { keys: notice.keys },
    },
    outbox: [
      {
        key: `firewall-foreign:${since}:${step}`,
        kind: isOver ? "notice" : "alert",
        subject: "firewall:keys",
        payload: { ...notice },
      },
    ],
  };
}
