import type { Notices } from "../../operations/store-ports.ts";
import { record } from "./commit.ts";
import type { Database } from "./database.ts";
import type { InventoryTables } from "./inventory-tables.ts";

export function notices(database: Database): Notices {
  const db = database.withTables<InventoryTables>();
  return {
    async since(name) {
      const row = await db.selectFrom("notices").select("since").where("name", "=", name).executeTakeFirst();
      return row?.since ?? null;
    },

    raise: (name, since, commit) =>
      db.transaction().execute(async (trx) => {
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("notices")
          .values({ name, since })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (!numInsertedOrUpdatedRows) return false;
        await record(trx, commit);
        return true;
      }),

    settle: (name, commit) =>
      db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx.deleteFrom("notices").where("name", "=", name).executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await record(trx, commit);
        return true;
      }),
  };
}
