import { type Kysely, sql } from "kysely";

// A subject has one message that stands; what it replaced and what is over stay until they are drawn and forgotten.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE expiry_notices (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    notice TEXT NOT NULL,
    message TEXT,
    over_at INTEGER
  ) STRICT`.execute(db);
  await sql`CREATE UNIQUE INDEX expiry_notice_standing ON expiry_notices (subject) WHERE over_at IS NULL`.execute(db);
  await sql`CREATE TABLE snoozes (
    subject TEXT PRIMARY KEY,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT`.execute(db);
  await sql`CREATE TABLE digests (
    name TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    told TEXT NOT NULL
  ) STRICT`.execute(db);
  for (const statement of search) await statement.execute(db);
}

// What a question is answered by among a million. The words are kept by rowid, without a copy of the text: a VACUUM, which
// numbers rows anew, would have to be followed by building them anew.
const search = [
  sql`CREATE INDEX certificates_by_issuer ON certificates (issuer, not_after)`,
  sql`CREATE INDEX certificates_by_subject ON certificates (subject, not_before)`,
  sql`CREATE INDEX certificates_by_life ON certificates (not_after - not_before) WHERE is_ca = 0`,
  sql`CREATE VIRTUAL TABLE certificate_words USING fts5(words, content='', contentless_delete=1, prefix='2 3')`,
  sql`INSERT INTO certificate_words (rowid, words)
    SELECT rowid, subject || ' ' || names || ' ' || issuer FROM certificates`,
  sql`CREATE TRIGGER certificate_worded AFTER INSERT ON certificates BEGIN
    INSERT INTO certificate_words (rowid, words)
      VALUES (new.rowid, new.subject || ' ' || new.names || ' ' || new.issuer);
  END`,
  sql`CREATE TRIGGER certificate_unworded AFTER DELETE ON certificates BEGIN
    DELETE FROM certificate_words WHERE rowid = old.rowid;
  END`,
];
