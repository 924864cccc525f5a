import type { Store } from "../../bot/adapters/store/database.ts";

/** What the channel is told besides requests, in order; each item counts as delivered. */
export async function toldIn(store: Pick<Store, "outbox">, kind: "alert" | "notice"): Promise<unknown[]> {
  const found: unknown[] = [];
  for (;;) {
    const item = await store.outbox.claim(Date.UTC(2100, 0), 1_000);
    if (item === null) return found;
    if (item.kind === kind) found.push(item.payload);
    await store.outbox.done(item.id);
  }
}
