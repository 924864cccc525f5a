import type { Transaction } from "kysely";
import type { ExpiryNotice, StandingNotice } from "../../domain/expiry-notice.ts";
import type { ExpiryNotices } from "../../operations/store-ports.ts";
import { record } from "./commit.ts";
import type { Database } from "./database.ts";
import type { InventoryTables, Tables } from "./inventory-tables.ts";

export function expiryNotices(database: Database): ExpiryNotices {
  const db = database.withTables<InventoryTables>();
  return {
    async standing() {
      const rows = await db.selectFrom("expiry_notices").selectAll().where("over_at", "is", null).execute();
      return rows.map(({ id, version, notice }) => ({ id, version, notice: JSON.parse(notice) }));
    },

    async find(id) {
      const row = await db.selectFrom("expiry_notices").selectAll().where("id", "=", id).executeTakeFirst();
      if (row === undefined) return null;
      return { notice: JSON.parse(row.notice), message: row.message === null ? null : JSON.parse(row.message) };
    },

    tell: ({ id, notice, replaces }, commit) =>
      db.transaction().execute(async (trx) => {
        if (replaces !== null && !(await change(trx, replaces, replaces.becomes))) return false;
        const { subject } = notice;
        const row = { id, subject, version: 1, notice: JSON.stringify(notice), message: null, over_at: null };
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("expiry_notices")
          .values(row)
          // In place of another it has to be written, or that one must stand on.
          .$if(replaces === null, (query) => query.onConflict((conflict) => conflict.doNothing()))
          .executeTakeFirst();
        if (!numInsertedOrUpdatedRows) return false;
        await record(trx, commit);
        return true;
      }),

    redraw: (standing, notice, commit) =>
      db.transaction().execute(async (trx) => {
        if (!(await change(trx, standing, notice))) return false;
        await record(trx, commit);
        return true;
      }),

    async placed(id, message) {
      const placed = JSON.stringify(message);
      await db.updateTable("expiry_notices").set({ message: placed }).where("id", "=", id).execute();
    },

    async forgetBefore(at) {
      await db.deleteFrom("expiry_notices").where("over_at", "<", at).execute();
      await db.deleteFrom("snoozes").where("until", "<", at).execute();
    },
  };
}

async function change(
  trx: Transaction<Tables>,
  { id, version }: Pick<StandingNotice, "id" | "version">,
  notice: ExpiryNotice,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("expiry_notices")
    .set({ notice: JSON.stringify(notice), version: version + 1, over_at: notice.over?.at ?? null })
    .where("id", "=", id)
    .where("version", "=", version)
    .where("over_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
