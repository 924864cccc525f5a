import { type Kysely, sql } from "kysely";

// What was typed before there was more than one command was typed after /cert.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`UPDATE deliveries SET work = json_set(work, '$.command', '/cert')
    WHERE work IS NOT NULL AND json_extract(work, '$.kind') = 'command'`.execute(db);
}
