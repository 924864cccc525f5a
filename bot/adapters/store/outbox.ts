import { type Kysely, sql, type Transaction } from "kysely";
import type { Clock } from "../../operations/ports.ts";
import type { Outbox, OutboxItem } from "../../operations/store-ports.ts";
import type { RequestTables } from "./tables.ts";

/** Nothing is put off for longer. */
const longestWaitMs = 3_600_000;

export function outbox(db: Kysely<RequestTables>, clock: Clock): Outbox {
  return {
    async claim(now, leaseMs) {
      const first = db
        .selectFrom("outbox as item")
        .select("id")
        .where("done_at", "is", null)
        .where((eb) =>
          eb.or([
            eb("next_at", "<=", now),
            // Written, or put off, by a clock that was ahead and no longer is.
            eb("attempts", "=", 0),
            eb("next_at", ">", now + longestWaitMs),
          ]),
        )
        .where((eb) => eb.or([eb("lease_until", "is", null), eb("lease_until", "<=", now)]))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom("outbox as before")
                .select("before.id")
                .whereRef("before.subject", "=", "item.subject")
                .whereRef("before.id", "<", "item.id")
                .where("before.done_at", "is", null),
            ),
          ),
        )
        .orderBy("id")
        .limit(1);
      const row = await db
        .updateTable("outbox")
        .set((eb) => ({ lease_until: now + leaseMs, attempts: eb("attempts", "+", 1) }))
        .where("id", "=", first)
        .returningAll()
        .executeTakeFirst();
      if (!row) return null;
      return {
        id: row.id,
        key: row.key,
        kind: row.kind,
        subject: row.subject,
        payload: JSON.parse(row.payload),
        attempts: row.attempts,
        unclearSince: row.unclear_since,
      };
    },

    async unclear(id, since) {
      await db.updateTable("outbox").set({ unclear_since: since }).where("id", "=", id).execute();
    },

    async done(id) {
      await db
        .updateTable("outbox")
        .set({ done_at: clock(), lease_until: null, unclear_since: null, problem: null })
        .where("id", "=", id)
        .execute();
    },

    async retry(id, at, problem) {
      await db.updateTable("outbox").set({ next_at: at, lease_until: null, problem }).where("id", "=", id).execute();
    },

    async waiting() {
      const { count, problem } = await db
        .selectFrom("outbox")
        .select([sql<number>`count(*)`.as("count"), sql<string | null>`max(problem)`.as("problem")])
        .where("done_at", "is", null)
        .executeTakeFirstOrThrow();
      return { count, problem };
    },
  };
}

/** In the transaction of the change that is to be told. An item whose key is known is dropped. */
export async function enqueue(trx: Transaction<RequestTables>, items: OutboxItem[], at: number): Promise<void> {
  if (items.length === 0) return;
  await trx
    .insertInto("outbox")
    .values(
      items.map(({ key, kind, subject, payload }) => ({
        key,
        kind,
        subject,
        payload: JSON.stringify(payload),
        attempts: 0,
        next_at: at,
      })),
    )
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
}
