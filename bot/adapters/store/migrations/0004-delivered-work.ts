import { type Kysely, sql } from "kysely";

// What is still to be done for a delivery that was acknowledged, as JSON; null once it is done.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE deliveries ADD COLUMN work TEXT`.execute(db);
  await sql`CREATE INDEX deliveries_unfinished ON deliveries (at) WHERE work IS NOT NULL`.execute(db);
}
