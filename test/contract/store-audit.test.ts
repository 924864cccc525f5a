import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { aStore, t0 } from "../support/renewal-fixtures.ts";

async function written(store: Store, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    const detail = { n, text: "naïve – 日本" };
    await store.audit.append({ at: t0 + n, actor: "U0ANA", action: "test", subject: `s${n % 2}`, detail });
  }
}

/** What somebody with the file and a SQLite shell can do. */
async function tamper(store: Store, statement: string): Promise<void> {
  await sql.raw("DROP TRIGGER IF EXISTS audit_is_never_edited").execute(store.db);
  await sql.raw("DROP TRIGGER IF EXISTS audit_is_never_shortened").execute(store.db);
  await sql.raw(statement).execute(store.db);
}

describe("audit log", () => {
  test("tells what is about a subject, in order", async () => {
    const store = await aStore();
    await written(store, 4);
    expect((await store.audit.about("s1")).map(({ seq, at, detail }) => [seq, at, detail.n])).toEqual([
      [1, t0 + 1, 1],
      [3, t0 + 3, 3],
    ]);
    expect(await store.audit.verify()).toBeNull();
  });

  test("is neither edited nor shortened", async () => {
    const store = await aStore();
    await written(store, 2);
    await expect(sql`UPDATE audit SET actor = 'U0BEN'`.execute(store.db)).rejects.toThrow("never edited");
    await expect(sql`DELETE FROM audit`.execute(store.db)).rejects.toThrow("never removed");
    expect(await store.audit.verify()).toBeNull();
  });

  test.each([
    ["an edited row", "UPDATE audit SET actor = 'U0BEN' WHERE seq = 2", { seq: 2, problem: "row 2 was edited" }],
    ["an edited detail", "UPDATE audit SET detail = '{}' WHERE seq = 3", { seq: 3, problem: "row 3 was edited" }],
    ["a removed row", "DELETE FROM audit WHERE seq = 2", { seq: 2, problem: "row 2 was removed" }],
    [
      "a removed row, the others moved up",
      "DELETE FROM audit WHERE seq = 1; ",
      { seq: 1, problem: "row 1 was removed" },
    ],
    [
      "two rows that changed places",
      "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE seq IN (2, 3)",
      { seq: 2, problem: "the rows from 2 to 3 were removed" },
    ],
    [
      "rows missing at the end",
      "DELETE FROM audit WHERE seq > 2",
      { seq: 3, problem: "the rows from 3 to 4 were cut off at the end" },
    ],
    ["all rows gone", "DELETE FROM audit", { seq: 1, problem: "the rows from 1 to 4 were cut off at the end" }],
  ])("%s shows", async (_, statement, found) => {
    const store = await aStore();
    await written(store, 4);
    await tamper(store, statement);
    expect(await store.audit.verify()).toEqual(found);
  });

  test("rows that went missing at the end are not hidden by new ones", async () => {
    const store = await aStore();
    await written(store, 3);
    await tamper(store, "DELETE FROM audit WHERE seq = 3");
    await written(store, 1);
    expect(await store.audit.verify()).toEqual({ seq: 3, problem: "row 3 was removed" });
  });

  test("a row that was edited with its own hash made anew still breaks the chain", async () => {
    const store = await aStore();
    await written(store, 3);
    const other = await aStore();
    await other.audit.append({ at: t0, actor: "U0BEN", action: "forged", subject: "s1", detail: {} });
    const [forged] = await other.db.selectFrom("audit").selectAll().execute();
    await tamper(store, "DELETE FROM audit WHERE seq = 1");
    await store.db
      .insertInto("audit")
      .values(forged ?? [])
      .execute();
    expect(await store.audit.verify()).toEqual({
      seq: 1,
      problem: "row 1 was rewritten: row 2 does not follow it",
    });
  });
});
