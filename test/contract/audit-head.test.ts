import { sql } from "kysely";
import { expect, test } from "vitest";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import { tellHead } from "../../bot/domain/audit-chain.ts";
import { publishHead } from "../../bot/operations/publish-head.ts";
import { noticeView } from "../../bot/slack/views/notice.ts";
import { aCommit, aStore, t0 } from "../support/renewal-fixtures.ts";
import { shown, verdict } from "../support/view-fixtures.ts";

const day = 86_400_000;
const plan = { cron: "0 6 * * *", timezone: "UTC", channel: "C0AUDIT" };

/** Runs due once a day. */
async function published() {
  const store = await aStore();
  const needs = {
    ...store,
    schedules: schedules(store.db),
    nextAfter: (now: number) => (Math.floor(now / day) + 1) * day,
  };
  const at = (now: number) => publishHead({ ...needs, clock: () => now }, plan);
  await at(t0);
  return { store, at, next: (Math.floor(t0 / day) + 1) * day };
}

test("the head is told once a day, of several who would tell it by one, and its being told is in the log", async () => {
  const { store, at, next } = await published();
  const { audit, outbox } = aCommit();
  await store.audit.append(audit);
  expect(outbox).toHaveLength(1);
  expect(await at(next - 1)).toBe(false);
  const head = await store.audit.head();
  const tried = await Promise.all([at(next), at(next), at(next)]);
  expect(tried.filter(Boolean)).toHaveLength(1);

  const item = await store.outbox.claim(next, 1_000);
  expect(item).toMatchObject({
    kind: "notice",
    payload: { type: "audit-head", head, problem: null, channel: "C0AUDIT" },
  });
  expect(await store.outbox.claim(next, 1_000)).toBeNull();
  expect((await store.audit.about("audit")).map(({ action, detail }) => [action, detail])).toEqual([
    ["audit.head-published", { head, problem: null }],
  ]);

  const view = noticeView({ payload: item?.payload ?? {} }, next);
  expect(verdict(view)).toBe("taken");
  expect(view.text).toBe(`🔗 Audit log: It holds: 2 rows, head ${head === null ? "" : tellHead(head)}`);
  expect(shown(view)).toContain(`certops audit verify --head ${head === null ? "" : tellHead(head)}`);
});

test("a log that no longer holds is an alert that says which row", async () => {
  const { store, at, next } = await published();
  await store.audit.append(aCommit().audit);
  await sql`DROP TRIGGER audit_is_never_edited`.execute(store.db);
  await sql`UPDATE audit SET actor = 'U0BEN' WHERE seq = 1`.execute(store.db);
  expect(await at(next)).toBe(true);
  const item = await store.outbox.claim(next, 1_000);
  expect(item).toMatchObject({ kind: "alert", payload: { problem: "row 1 was edited" } });
  const view = noticeView({ payload: item?.payload ?? {} }, next);
  expect(verdict(view)).toBe("taken");
  expect(view.text).toMatch(/^🚨 The audit log was changed: row 1 was edited\. Now 2 rows, head 2:/);
});
