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

test("what was met an hour ago is forgotten: Slack signs nothing that old", async () => {
  const store = await kept();
  await store.first(["signature:1"], t0, null);
  expect(await store.first(["signature:1"], t0 + 3_600_000, null)).toBe(false);
  expect(await store.first(["signature:1"], t0 + 3_600_001, null)).toBe(true);
});

test("one without a key is new each time", async () => {
  const store = await kept();
  expect([await store.first([], t0, null), await store.first([], t0, null)]).toEqual([true, true]);
});
