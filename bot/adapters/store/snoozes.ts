import type { Snoozes } from "../../operations/store-ports.ts";
import { record } from "./commit.ts";
import type { Database } from "./database.ts";
import type { InventoryTables } from "./inventory-tables.ts";

export function snoozes(database: Database): Snoozes {
  const db = database.withTables<InventoryTables>();
  return {
    all: () => db.selectFrom("snoozes").selectAll().orderBy("until").execute(),

    set: (snooze, commit) =>
      db.transaction().execute(async (trx) => {
        const { subject, ...rest } = snooze;
        await trx
          .insertInto("snoozes")
          .values({ subject, ...rest })
          .onConflict((conflict) => conflict.column("subject").doUpdateSet(rest))
          .execute();
        await record(trx, commit);
      }),

    end: (subject, now, commit) =>
      db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom("snoozes")
          .where("subject", "=", subject)
          .where("until", ">", now)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await record(trx, commit);
        return true;
      }),
  };
}
