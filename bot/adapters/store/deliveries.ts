import type { Kysely } from "kysely";
import type { Deliveries } from "../../operations/store-ports.ts";

interface DeliveryTables {
  deliveries: { key: string; at: number; work: string | null };
}

/** Slack signs nothing older than five minutes and repeats an event for six: an hour is ample. */
const keepMs = 3_600_000;

/** Of the newest none is forgotten, whatever the clock says: it may have leaped. */
const keepNewest = 1_000;

/** What Slack delivered already: by event, by trigger, by signature. The work stands with the first of a delivery's keys. */
export function deliveries(db: Kysely<DeliveryTables>): Deliveries {
  return {
    first: (keys, at, work) =>
      db.transaction().execute(async (trx) => {
        await trx
          .deleteFrom("deliveries")
          .where("at", "<", at - keepMs)
          .where("at", "<", (eb) =>
            eb.selectFrom("deliveries as newer").select("at").orderBy("at", "desc").limit(1).offset(keepNewest),
          )
          .where("work", "is", null)
          .execute();
        if (keys.length === 0) return true;
        const kept = work && JSON.stringify(work);
        // One that was met before under any of its keys adds none: its work is kept, or done, already.
        const met = await trx.selectFrom("deliveries").select("key").where("key", "in", keys).executeTakeFirst();
        if (met) return false;
        await trx
          .insertInto("deliveries")
          .values(keys.map((key, index) => ({ key, at, work: index === 0 ? kept : null })))
          .execute();
        return true;
      }),

    async done(keys) {
      await db.updateTable("deliveries").set({ work: null }).where("key", "in", keys).execute();
    },

    async unfinished() {
      const rows = await db
        .selectFrom("deliveries")
        .selectAll()
        .where("work", "is not", null)
        .orderBy("at")
        .orderBy("key")
        .execute();
      return rows.flatMap(({ key, at, work }) => (work === null ? [] : [{ key, at, work: JSON.parse(work) }]));
    },
  };
}
