import type { Transaction } from "kysely";
import type { NoticeWrite } from "../../domain/expiry-message.ts";
import type { ExpiryNotices } from "../../operations/store-ports.ts";
import { record } from "./commit.ts";
import type { Database } from "./database.ts";
import type { InventoryTables, Tables } from "./inventory-tables.ts";

export function expiryNotices(database: Database): ExpiryNotices {
  const db = database.withTables<InventoryTables>();
  return {
    async standing() {
      const rows = await db.selectFrom("expiry_notices").selectAll().where("over_at", "is", null).execute();
      return rows.map(({ id, version, told_in, notice }) => ({
        id,
        version,
        toldIn: told_in,
        notice: JSON.parse(notice),
      }));
    },

    async toldIn(id) {
      const rows = await db
        .selectFrom("expiry_notices")
        .selectAll()
        .where("told_in", "=", id)
        .orderBy("subject")
        .execute();
      const [first] = rows;
      if (first === undefined) return null;
      const message = first.message === null ? null : JSON.parse(first.message);
      return { notices: rows.map(({ notice }) => JSON.parse(notice)), message };
    },

    write: (writes, { audit, outbox }) =>
      db
        .transaction()
        .execute(async (trx) => {
          for (const one of writes) {
            if (!(await written(trx, one))) throw new Overtaken();
          }
          for (const [index, entry] of audit.entries()) {
            await record(trx, { audit: entry, outbox: index === 0 ? outbox : [] });
          }
          return true;
        })
        .catch((error: unknown) => {
          if (error instanceof Overtaken) return false;
          throw error;
        }),

    async placed(id, message) {
      const placed = JSON.stringify(message);
      await db.updateTable("expiry_notices").set({ message: placed }).where("told_in", "=", id).execute();
    },

    async forgetBefore(at) {
      const kept = db
        .selectFrom("expiry_notices")
        .select("told_in")
        .where((eb) => eb.or([eb("over_at", "is", null), eb("over_at", ">=", at)]));
      await db.deleteFrom("expiry_notices").where("told_in", "not in", kept).execute();
      await db.deleteFrom("snoozes").where("until", "<", at).execute();
    },
  };
}

/** Somebody wrote first: nothing of it stays. */
class Overtaken extends Error {}

async function written(trx: Transaction<Tables>, one: NoticeWrite): Promise<boolean> {
  const notice = JSON.stringify(one.notice);
  if (one.write === "tell") {
    const { id, toldIn } = one;
    const row = { id, subject: one.notice.subject, version: 1, notice, message: null, over_at: null, told_in: toldIn };
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto("expiry_notices")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return Boolean(numInsertedOrUpdatedRows);
  }
  const { id, version } = one.standing;
  const { numUpdatedRows } = await trx
    .updateTable("expiry_notices")
    .set({ notice, version: version + 1, over_at: one.notice.over?.at ?? null })
    .where("id", "=", id)
    .where("version", "=", version)
    .where("over_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
