import { type Kysely, sql } from "kysely";

// Since when Slack may have an item without the bot knowing. Of what was tried before there was such a thing, since ever.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE outbox ADD COLUMN unclear_since INTEGER`.execute(db);
  await sql`UPDATE outbox SET unclear_since = 0 WHERE done_at IS NULL AND attempts > 0`.execute(db);
}
