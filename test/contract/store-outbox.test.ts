import { describe, expect, test } from "vitest";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import { aStore, t0 } from "../support/renewal-fixtures.ts";

const audit = { at: t0, actor: "certops", action: "told", subject: "x", detail: {} };

const tell = (store: Store, subject: string, key: string) =>
  store.audit.append(audit, [{ key, kind: "notice", subject, payload: { key } }]);

async function claimed(store: Store, now = t0): Promise<string | null> {
  return (await store.outbox.claim(now, 1_000))?.key ?? null;
}

describe("outbox", () => {
  test("a key is told once", async () => {
    const store = await aStore();
    await tell(store, "vault", "vault-down:1");
    await tell(store, "vault", "vault-down:1");
    expect(await store.outbox.claim(t0, 1_000)).toEqual({
      id: 1,
      key: "vault-down:1",
      kind: "notice",
      subject: "vault",
      payload: { key: "vault-down:1" },
      attempts: 1,
      unclearSince: null,
    });
    await store.outbox.done(1);
    await tell(store, "vault", "vault-down:1");
    expect(await claimed(store)).toBeNull();
  });

  test("what a clock wrote or put off that was ahead is told when it is right again", async () => {
    const store = await aStore();
    await tell(store, "x", "x:a");
    await tell(store, "y", "y:a");
    const dayBefore = t0 - 86_400_000;
    expect(await claimed(store, dayBefore)).toBe("x:a");
    await store.outbox.retry(1, t0 + 60_000, "Slack asks to wait");
    expect(await claimed(store, dayBefore)).toBe("x:a");
    await store.outbox.retry(1, dayBefore + 60_000, "Slack asks to wait");
    expect([await claimed(store, dayBefore), await claimed(store, dayBefore)]).toEqual(["y:a", null]);
  });

  test("one subject is told in order, others meanwhile", async () => {
    const store = await aStore();
    await tell(store, "r-1", "r-1:a");
    await tell(store, "r-1", "r-1:b");
    await tell(store, "r-2", "r-2:a");
    expect([await claimed(store), await claimed(store), await claimed(store)]).toEqual(["r-1:a", "r-2:a", null]);
    await store.outbox.done(1);
    expect(await claimed(store)).toBe("r-1:b");
  });

  test("what could not be told waits, and what is behind it waits too", async () => {
    const store = await aStore();
    await tell(store, "r-1", "r-1:a");
    await tell(store, "r-1", "r-1:b");
    await store.outbox.claim(t0, 1_000);
    await store.outbox.retry(1, t0 + 5_000, "Slack says: ratelimited");
    expect(await claimed(store, t0 + 4_999)).toBeNull();
    expect(await store.outbox.waiting()).toEqual({ count: 2, problem: "Slack says: ratelimited" });
    expect(await store.outbox.claim(t0 + 5_000, 1_000)).toMatchObject({ key: "r-1:a", attempts: 2 });
  });

  test("what Slack may have is known to who takes it up next, until it is told or surely was not taken", async () => {
    const store = await aStore();
    await tell(store, "r-1", "r-1:a");
    await store.outbox.claim(t0, 1_000);
    await store.outbox.unclear(1, t0 + 3);
    await store[Symbol.asyncDispose]();
    await using again = await openStore(store.file, () => t0);
    expect(await again.outbox.claim(t0, 1_000)).toMatchObject({ unclearSince: t0 + 3, attempts: 2 });
    await again.outbox.retry(1, t0, "Slack is away");
    expect(await again.outbox.claim(t0, 1_000)).toMatchObject({ unclearSince: t0 + 3 });
    await again.outbox.unclear(1, null);
    await again.outbox.retry(1, t0, "Slack asks to wait");
    expect(await again.outbox.claim(t0, 1_000)).toMatchObject({ unclearSince: null });
  });

  test("what was claimed by one who is gone is told by the next", async () => {
    const store = await aStore();
    await tell(store, "r-1", "r-1:a");
    expect([await claimed(store), await claimed(store, t0 + 999), await claimed(store, t0 + 1_000)]).toEqual([
      "r-1:a",
      null,
      "r-1:a",
    ]);
    await store[Symbol.asyncDispose]();
    await using again = await openStore(store.file, () => t0);
    expect(await claimed(again, t0 + 1_001)).toBe("r-1:a");
  });
});
