import { type Kysely, sql } from "kysely";

// Public keys, and the links that ask for them. Of a link only the hash of its token is kept.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    public_key TEXT NOT NULL,
    counter INTEGER NOT NULL,
    transports TEXT NOT NULL,
    rp_id TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    enrolled_by TEXT NOT NULL,
    used_at INTEGER,
    withdrawn_at INTEGER,
    withdrawn_by TEXT
  ) STRICT`.execute(db);
  await sql`CREATE TABLE passkey_links (
    hash TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    purpose TEXT NOT NULL,
    nonce TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
  ) STRICT, WITHOUT ROWID`.execute(db);
}
