import type { Estate } from "../domain/estate.ts";
import { type VaultHealth, canIssue } from "../domain/vault-health.ts";
import { type VaultNotice, backNotice, firstToExpire, outageNotice } from "../domain/vault-watch.ts";
import type { Clock, Commit, Inventory, Notices } from "./ports.ts";

export interface VaultWatchNeeds {
  /** Never throws. */
  health: () => Promise<VaultHealth>;
  inventory: Pick<Inventory, "certificates">;
  notices: Notices;
  clock: Clock;
}

/** One failed look may be a hiccup. */
const looksToBelieve = 2;
const name = "vault";

/**
 * Watches whether Vault can issue: one alert per outage, also across restarts, and one notice when it is over.
 * Call `look` at a steady pace, one at a time.
 */
export function vaultWatch(
  needs: VaultWatchNeeds,
  estate: Pick<Estate, "services" | "endpoints">,
): { look(): Promise<VaultHealth> } {
  let failed = 0;
  let since = 0;

  const fail = async (health: VaultHealth) => {
    const now = needs.clock();
    if (failed === 0) since = now;
    failed += 1;
    if (failed < looksToBelieve || (await needs.notices.since(name)) !== null) return;
    const first = firstToExpire(await needs.inventory.certificates({ currentAt: now }), estate);
    await needs.notices.raise(name, since, commit(outageNotice(health, since, first), now));
  };

  const recover = async () => {
    failed = 0;
    const began = await needs.notices.since(name);
    if (began === null) return;
    const now = needs.clock();
    await needs.notices.settle(name, commit(backNotice(began, now), now));
  };

  return {
    async look() {
      const health = await needs.health();
      await (canIssue(health) ? recover() : fail(health));
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
