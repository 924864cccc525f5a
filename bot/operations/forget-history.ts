import { believedTime } from "../domain/believed-time.ts";
import type { Inventory } from "./inventory.ts";
import type { Clock } from "./ports.ts";
import type { ExpiryNotices } from "./store-ports.ts";

export interface ForgetNeeds {
  inventory: Pick<Inventory, "observations" | "forgetBefore">;
  expiryNotices: Pick<ExpiryNotices, "forgetBefore">;
  clock: Clock;
  /** Milliseconds, of a clock that nobody sets. */
  passed: () => number;
}

/**
 * Forgets what is longer ago than is kept, each time it is called. Called first before this process looks at anything: only what
 * another one saw says whether the clock is ahead.
 */
export function historyKeeper(needs: ForgetNeeds, { keepMs }: { keepMs: number }): () => Promise<void> {
  const { inventory, expiryNotices, clock, passed } = needs;
  let start: { known: number | null; at: number } | null = null;
  return async () => {
    start ??= { at: passed(), known: await newestLook(inventory) };
    const before = believedTime(clock(), { known: start.known, passedMs: passed() - start.at }) - keepMs;
    await inventory.forgetBefore(before);
    await expiryNotices.forgetBefore(before);
  };
}

async function newestLook(inventory: ForgetNeeds["inventory"]): Promise<number | null> {
  const looks = await inventory.observations();
  return looks.reduce<number | null>((newest, { at }) => Math.max(newest ?? at, at), null);
}
