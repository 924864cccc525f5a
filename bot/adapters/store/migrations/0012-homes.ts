import { type Kysely, sql } from "kysely";

// The Home tabs people opened, so that they are redrawn when something changes, also after a restart.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE homes (
    user TEXT PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    pages TEXT NOT NULL,
    note TEXT,
    note_seen INTEGER NOT NULL DEFAULT 0,
    hash TEXT
  ) STRICT, WITHOUT ROWID`.execute(db);
}
