import { expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import { aCommit, aStore, t0 } from "../support/renewal-fixtures.ts";

const daily = { name: "digest", expression: "0 9 * * * UTC" };
const hour = 3_600_000;

test("a run is due from its time on, is taken once by however many, and is kept over a restart", async () => {
  const store = await aStore();
  const kept = schedules(store.db);
  expect(await kept.due(daily, t0, t0 + hour)).toBe(false);
  expect(await kept.due(daily, t0 + hour - 1, t0 + 9 * hour)).toBe(false);
  expect(await kept.due(daily, t0 + hour, t0 + 2 * hour)).toBe(true);
  const taken = await Promise.all(
    [1, 2, 3].map((n) => kept.claim("digest", t0 + hour, t0 + 2 * hour, aCommit(`taken by ${n}`, "digest"))),
  );
  expect(taken).toEqual([true, false, false]);
  expect((await store.audit.about("digest")).map(({ action }) => action)).toEqual(["schedule.set", "taken by 1"]);

  await store[Symbol.asyncDispose]();
  await using again = await openStore(store.file, () => t0);
  expect(await schedules(again.db).due(daily, t0 + 2 * hour - 1, t0 + 9 * hour)).toBe(false);
  expect(await schedules(again.db).due(daily, t0 + 2 * hour, t0 + 9 * hour)).toBe(true);
});

test("one that is not due, or not known, is not taken", async () => {
  const store = await aStore();
  const kept = schedules(store.db);
  await kept.due(daily, t0, t0 + hour);
  expect(await kept.claim("digest", t0, t0 + hour, aCommit("taken", "digest"))).toBe(false);
  expect(await kept.claim("nonesuch", t0, t0 + hour, aCommit("taken", "digest"))).toBe(false);
  expect((await store.outbox.waiting()).count).toBe(0);
});

test("a run that a clock set which was ahead is set anew when it is right again", async () => {
  const store = await aStore();
  const kept = schedules(store.db);
  await kept.due(daily, t0, t0 + hour);
  const ahead = t0 + 9_000 * hour;
  expect(await kept.due(daily, ahead, ahead + hour)).toBe(true);
  await kept.claim("digest", ahead, ahead + hour, aCommit("taken", "digest"));
  expect(await kept.due(daily, t0 + 2 * hour, t0 + 3 * hour)).toBe(false);
  expect(await kept.due(daily, t0 + 3 * hour, t0 + 4 * hour)).toBe(true);
});

test("another expression sets the next run anew, and is in the audit log; the same one sets nothing", async () => {
  const store = await aStore();
  const kept = schedules(store.db);
  await kept.due(daily, t0, t0 + hour);
  await kept.due(daily, t0 + 1, t0 + 5 * hour);
  expect(await kept.due({ ...daily, expression: "0 10 * * * UTC" }, t0 + hour, t0 + 2 * hour)).toBe(false);
  expect(await kept.due({ ...daily, expression: "0 10 * * * UTC" }, t0 + 2 * hour, t0 + 9 * hour)).toBe(true);
  expect((await store.audit.about("digest")).map(({ at, detail }) => [at, detail])).toEqual([
    [t0, { expression: "0 9 * * * UTC", next: t0 + hour }],
    [t0 + hour, { expression: "0 10 * * * UTC", next: t0 + 2 * hour }],
  ]);
});
