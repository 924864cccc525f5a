import type { Transaction } from "kysely";
import type { Digests, ToldDigest } from "../../operations/store-ports.ts";
import type { Database } from "./database.ts";
import type { InventoryTables, Tables } from "./inventory-tables.ts";

export function digests(database: Database): Digests {
  const db = database.withTables<InventoryTables>();
  return {
    async last(channel) {
      const row = await db.selectFrom("digests").selectAll().where("name", "=", channel).executeTakeFirst();
      return row ? { at: row.at, told: JSON.parse(row.told) } : null;
    },
  };
}

/** In the transaction that sends them. */
export async function keepTold(trx: Transaction<Tables>, all: ToldDigest[]): Promise<void> {
  for (const { channel, at, told } of all) {
    const row = { at, told: JSON.stringify(told) };
    await trx
      .insertInto("digests")
      .values({ name: channel, ...row })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
      .execute();
  }
}
