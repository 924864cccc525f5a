import { expect, test } from "vitest";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import type { Delivered } from "../../bot/operations/delivered.ts";
import { aStore, t0 } from "../support/renewal-fixtures.ts";

const typed = (text: string): Delivered => ({
  kind: "command",
  command: "/cert",
  user: "U0ANA",
  responseUrl: "https://hooks/1",
  text,
});

async function kept() {
  const { db } = await aStore();
  return deliveries(db.withTables());
}

test("a delivery is new once, under each of its keys; one met before adds nothing", async () => {
  const store = await kept();
  expect(await store.first(["trigger_id:1", "signature:1"], t0, typed("renew service-a"))).toBe(true);
  expect(await store.first(["trigger_id:1", "signature:2"], t0, typed("renew service-a"))).toBe(false);
  expect(await store.first(["signature:1"], t0, typed("renew service-a"))).toBe(false);
  expect(await store.unfinished()).toHaveLength(1);
});

test("its work stands in the store until it is done, the oldest first", async () => {
  const store = await kept();
  await store.first(["trigger_id:2", "signature:2"], t0 + 1, typed("second"));
  await store.first(["trigger_id:1", "signature:1"], t0, typed("first"));
  await store.first(["event_id:1"], t0, null);
  expect(await store.unfinished()).toEqual([
    { key: "trigger_id:1", at: t0, work: typed("first") },
    { key: "trigger_id:2", at: t0 + 1, work: typed("second") },
  ]);
  await store.done(["trigger_id:1", "signature:1"]);
  expect((await store.unfinished()).map(({ key }) => key)).toEqual(["trigger_id:2"]);
  expect(await store.first(["trigger_id:1"], t0 + 2, typed("first"))).toBe(false);
});

test("what was met an hour ago is forgotten, for Slack signs nothing that old; not what has come lately, nor its work", async () => {
  const store = await kept();
  const hour = 3_600_000;
  await store.first(["signature:1"], t0, null);
  await store.first(["trigger_id:1"], t0, typed("renew service-a"));
  // The clock leaps, and nothing has come since.
  await store.first(["signature:2"], t0 + 24 * hour, null);
  expect(await store.first(["signature:1"], t0 + 24 * hour, null)).toBe(false);
  const many = Array.from({ length: 1_000 }, (_, n) => `signature:many-${n}`);
  await store.first(many, t0 + hour, null);
  expect(await store.first(["signature:1"], t0 + hour, null)).toBe(false);
  await store.first([], t0 + hour + 1, null);
  expect(await store.first(["signature:1"], t0 + hour + 1, null)).toBe(true);
  expect(await store.first(["trigger_id:1"], t0 + 48 * hour, null)).toBe(false);
  expect(await store.unfinished()).toEqual([{ key: "trigger_id:1", at: t0, work: typed("renew service-a") }]);
});

test("one without a key is new each time", async () => {
  const store = await kept();
  expect([await store.first([], t0, null), await store.first([], t0, null)]).toEqual([true, true]);
});
