import type { Kysely } from "kysely";

interface DeliveryTables {
  deliveries: { key: string; at: number };
}

/** Slack signs nothing older than five minutes and repeats an event for six: an hour is ample. */
const keepMs = 3_600_000;

/** What Slack delivered already: by event, by trigger, by signature. */
export function deliveries(db: Kysely<DeliveryTables>) {
  return {
    /** true when none of the keys was met before; they are from then on. */
    first: (keys: string[], at: number): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        await trx
          .deleteFrom("deliveries")
          .where("at", "<", at - keepMs)
          .execute();
        if (keys.length === 0) return true;
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("deliveries")
          .values(keys.map((key) => ({ key, at })))
          .onConflict((conflict) => conflict.column("key").doNothing())
          .executeTakeFirst();
        return numInsertedOrUpdatedRows === BigInt(keys.length);
      }),
  };
}
