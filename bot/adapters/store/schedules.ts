import type { Schedules } from "../../operations/ports.ts";
import { record } from "./commit.ts";
import type { Database } from "./database.ts";
import type { InventoryTables } from "./inventory-tables.ts";

export function schedules(database: Database): Schedules {
  const db = database.withTables<InventoryTables>();
  return {
    async due({ name, expression }, now, next) {
      await db
        .insertInto("schedules")
        .values({ name, expression, next_run: next })
        .onConflict((conflict) =>
          conflict
            .column("name")
            .doUpdateSet({ expression, next_run: next })
            .where("schedules.expression", "!=", expression),
        )
        .execute();
      const { next_run } = await db
        .selectFrom("schedules")
        .select("next_run")
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      return next_run <= now;
    },

    claim: (name, now, next, commit) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable("schedules")
          .set({ next_run: next })
          .where("name", "=", name)
          .where("next_run", "<=", now)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await record(trx, commit);
        return true;
      }),
  };
}
