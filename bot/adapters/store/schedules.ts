import type { Schedules } from "../../operations/store-ports.ts";
import { appendAudit } from "./audit.ts";
import { record } from "./commit.ts";
import type { Database } from "./database.ts";
import { keepTold } from "./digests.ts";
import type { InventoryTables } from "./inventory-tables.ts";

export function schedules(database: Database): Schedules {
  const db = database.withTables<InventoryTables>();
  return {
    due: ({ name, expression }, now, next) =>
      db.transaction().execute(async (trx) => {
        const held = await trx.selectFrom("schedules").selectAll().where("name", "=", name).executeTakeFirst();
        // One that lies behind the next tick was set by a clock that was ahead and no longer is.
        if (held?.expression === expression && held.next_run <= next) return held.next_run <= now;
        const set = { expression, next_run: next };
        await trx
          .insertInto("schedules")
          .values({ name, ...set })
          .onConflict((conflict) => conflict.column("name").doUpdateSet(set))
          .execute();
        const detail = { expression, next };
        await appendAudit(trx, { at: now, actor: "certops", action: "schedule.set", subject: name, detail });
        return next <= now;
      }),

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
        await keepTold(trx, commit.told ?? []);
        return true;
      }),
  };
}
