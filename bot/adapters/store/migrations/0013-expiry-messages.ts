import { type Kysely, sql } from "kysely";

// Several notices may stand in one message; one alone has the message of its own id.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE expiry_notices ADD COLUMN told_in TEXT NOT NULL DEFAULT ''`.execute(db);
  await sql`UPDATE expiry_notices SET told_in = id`.execute(db);
  await sql`CREATE INDEX expiry_notice_message ON expiry_notices (told_in)`.execute(db);
}
