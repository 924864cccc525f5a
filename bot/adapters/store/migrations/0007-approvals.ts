import { type Kysely, sql } from "kysely";

// Who approved, one after another, where it takes more than one. Of one decided before there was such a thing, that one.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE requests ADD COLUMN approvals TEXT NOT NULL DEFAULT '[]'`.execute(db);
  await sql`UPDATE requests SET approvals = json_array(json_object('user', decided_by, 'at', decided_at))
    WHERE decided_by IS NOT NULL AND state <> 'denied'`.execute(db);
}
