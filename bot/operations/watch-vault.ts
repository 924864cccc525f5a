import type { Estate } from "../domain/estate.ts";
import { type VaultHealth, canIssue } from "../domain/vault-health.ts";
import { type VaultNotice, backNotice, firstToExpire, outageNotice } from "../domain/vault-watch.ts";
import type { Clock } from "./ports.ts";
import type { Commit, Notices } from "./store-ports.ts";
import type { Inventory } from "./inventory.ts";
import { outageWatch } from "./watch-outage.ts";

export interface VaultWatchNeeds {
  /** Never throws. */
  health: () => Promise<VaultHealth>;
  inventory: Pick<Inventory, "certificates">;
  notices: Notices;
  clock: Clock;
}

const name = "vault";

/**
 * Watches whether Vault can issue: one alert per outage, also across restarts, and one notice when it is over.
 * Call `look` at a steady pace, one at a time.
 */
export function vaultWatch(
  needs: VaultWatchNeeds,
  estate: Pick<Estate, "services" | "endpoints">,
): { look(): Promise<VaultHealth> } {
  const watch = outageWatch(needs);
  return {
    async look() {
      const health = await needs.health();
      await watch.looked(canIssue(health), {
        name,
        async began(since, now) {
          const first = firstToExpire(await needs.inventory.certificates({ inUse: { at: now, names: [] } }), estate);
          return commit(outageNotice(health, since, first), now);
        },
        ended: (since, now) => commit(backNotice(since, now), now),
      });
      return health;
    },
  };
}

function commit(notice: VaultNotice, at: number): Commit {
  const { state, since, why, first } = notice;
  return {
    audit: { at, actor: "certops", action: `vault.${state}`, subject: name, detail: { since, why, first } },
    outbox: [
      {
        key: `vault:${since}:${state === "back" ? "back" : "out"}`,
        kind: state === "back" ? "notice" : "alert",
        subject: name,
        payload: { ...notice },
      },
    ],
  };
}
