import { type Kysely, sql } from "kysely";

/**
 * Requests of more kinds than renewals: each has a kind and a subject, and the services it touches stand beside it.
 * Both tables are made anew: SQLite cannot change a CHECK, and a table that another one refers to cannot be dropped.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of schema) await statement.execute(db);
}

const schema = [
  // What states there are, each kind says for itself: the bot's types hold them, and a new kind needs no migration.
  sql`CREATE TABLE requests_by_kind (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    requester TEXT NOT NULL,
    reason TEXT NOT NULL,
    plan TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    evidence TEXT NOT NULL,
    approval TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    message TEXT,
    receipt TEXT
  ) STRICT`,
  sql`INSERT INTO requests_by_kind
    SELECT id, 'renewal', service, requester, reason, plan, plan_hash, evidence, approval, state, created_at,
      expires_at, decided_by, decided_at, message, receipt FROM requests`,

  sql`CREATE TABLE request_services (
    request TEXT NOT NULL REFERENCES requests_by_kind (id),
    service TEXT NOT NULL,
    PRIMARY KEY (request, service)
  ) STRICT, WITHOUT ROWID`,
  sql`INSERT INTO request_services SELECT id, service FROM requests`,

  sql`CREATE TABLE jobs_by_kind (
    request TEXT PRIMARY KEY REFERENCES requests_by_kind (id),
    step TEXT NOT NULL,
    data TEXT NOT NULL,
    progress TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    owner TEXT,
    lease_until INTEGER,
    done_at INTEGER
  ) STRICT`,
  sql`INSERT INTO jobs_by_kind
    SELECT request, step, data, progress, attempts, due_at, owner, lease_until, done_at FROM jobs`,

  sql`DROP TABLE jobs`,
  sql`DROP TABLE requests`,
  sql`ALTER TABLE requests_by_kind RENAME TO requests`,
  sql`ALTER TABLE jobs_by_kind RENAME TO jobs`,

  // Two people who ask at once get one request.
  sql`CREATE UNIQUE INDEX one_open_request ON requests (kind, subject) WHERE state IN ('pending', 'approved')`,
  sql`CREATE INDEX requests_by_age ON requests (created_at)`,
  sql`CREATE INDEX jobs_under_way ON jobs (due_at) WHERE done_at IS NULL`,
];
