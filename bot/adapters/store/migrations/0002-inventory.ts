import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of schema) await statement.execute(db);
}

const schema = [
  sql`CREATE TABLE certificates (
    fingerprint TEXT PRIMARY KEY,
    serial TEXT NOT NULL,
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    names TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    key TEXT NOT NULL,
    generation TEXT,
    is_ca INTEGER NOT NULL CHECK (is_ca IN (0, 1)),
    pem TEXT NOT NULL,
    issued_at INTEGER,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
  ) STRICT`,
  sql`CREATE INDEX certificates_by_serial ON certificates (serial)`,
  sql`CREATE INDEX certificates_by_end ON certificates (not_after)`,
  sql`CREATE INDEX certificates_by_generation ON certificates (generation) WHERE generation IS NOT NULL`,
  sql`CREATE INDEX authorities ON certificates (fingerprint) WHERE is_ca = 1`,

  // "a.example.com" stands here as "com.example.a.": everything under a suffix is one range.
  sql`CREATE TABLE certificate_names (
    reversed TEXT NOT NULL,
    fingerprint TEXT NOT NULL REFERENCES certificates (fingerprint) ON DELETE CASCADE,
    PRIMARY KEY (reversed, fingerprint)
  ) STRICT, WITHOUT ROWID`,
  sql`CREATE INDEX names_of_certificate ON certificate_names (fingerprint)`,

  sql`CREATE TABLE observations (
    endpoint TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    fingerprint TEXT,
    last_fingerprint TEXT,
    chain TEXT NOT NULL,
    problem TEXT,
    took_ms REAL NOT NULL
  ) STRICT`,

  sql`CREATE TABLE sightings (
    fingerprint TEXT NOT NULL REFERENCES certificates (fingerprint) ON DELETE CASCADE,
    endpoint TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, endpoint)
  ) STRICT, WITHOUT ROWID`,

  sql`CREATE TABLE issued_serials (serial TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`,

  sql`CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    expression TEXT NOT NULL,
    next_run INTEGER NOT NULL
  ) STRICT`,

  sql`CREATE TABLE notices (
    name TEXT PRIMARY KEY,
    since INTEGER NOT NULL
  ) STRICT`,
];
