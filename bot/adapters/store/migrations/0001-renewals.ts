import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of schema) await statement.execute(db);
}

const schema = [
  sql`CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    requester TEXT NOT NULL,
    reason TEXT NOT NULL,
    plan TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    evidence TEXT NOT NULL,
    approval TEXT NOT NULL,
    state TEXT NOT NULL
      CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'deployed', 'not-served', 'failed', 'void')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    message TEXT,
    receipt TEXT
  ) STRICT`,
  // Two people who ask at once get one request.
  sql`CREATE UNIQUE INDEX one_open_request ON requests (service) WHERE state IN ('pending', 'approved')`,
  sql`CREATE INDEX requests_by_age ON requests (created_at)`,

  sql`CREATE TABLE jobs (
    request TEXT PRIMARY KEY REFERENCES requests (id),
    service TEXT NOT NULL,
    step TEXT NOT NULL,
    data TEXT NOT NULL,
    progress TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    owner TEXT,
    lease_until INTEGER,
    done_at INTEGER
  ) STRICT`,
  sql`CREATE INDEX jobs_under_way ON jobs (service) WHERE done_at IS NULL`,

  sql`CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT`,
  sql`CREATE INDEX audit_by_subject ON audit (subject, seq)`,
  sql`CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit rows are never edited'); END`,
  sql`CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit rows are never removed'); END`,

  sql`CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('request', 'alert', 'notice', 'digest')),
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    lease_until INTEGER,
    problem TEXT,
    done_at INTEGER
  ) STRICT`,
  sql`CREATE INDEX outbox_waiting ON outbox (subject, id) WHERE done_at IS NULL`,

  sql`CREATE TABLE freezes (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('freeze', 'hold')),
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (scope, kind)
  ) STRICT`,
];
