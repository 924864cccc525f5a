import { type Kysely, sql } from "kysely";

/** A request keeps the whole policy it was made under, where it stands in it, and what people said of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of schema) await statement.execute(db);
}

const schema = [
  sql`ALTER TABLE requests ADD COLUMN stage INTEGER NOT NULL DEFAULT 0`,
  sql`ALTER TABLE requests ADD COLUMN reminded_at INTEGER`,
  sql`ALTER TABLE requests ADD COLUMN decided_why TEXT`,
  sql`ALTER TABLE requests ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]'`,
  sql`ALTER TABLE requests ADD COLUMN review TEXT`,
  sql`ALTER TABLE requests ADD COLUMN version INTEGER NOT NULL DEFAULT 0`,
  // Those who could decide were kept already; one role with one deadline was all there was.
  sql`UPDATE requests SET approval = json_object(
    'users', json_extract(approval, '$.users'), 'groups', json_extract(approval, '$.groups'), 'rotas', json('[]'),
    'deadlineMs', expires_at - created_at, 'name', 'approver', 'askers', NULL, 'needed', 1,
    'requesterCounts', json('false'), 'remindMs', NULL, 'escalation', json('[]'), 'validMs', 86400000,
    'breakGlass', NULL, 'standing', NULL)`,
  // Those whose break-glass nobody has looked at yet.
  sql`CREATE INDEX requests_to_review ON requests (created_at)
    WHERE review IS NOT NULL AND json_extract(review, '$.by') IS NULL`,
];
