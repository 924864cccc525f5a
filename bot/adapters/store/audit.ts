import { type Kysely, sql, type Transaction } from "kysely";
import { hashOf } from "../../domain/canonical.ts";
import type { AuditEntry, AuditLog } from "../../operations/ports.ts";
import { enqueue } from "./outbox.ts";
import type { AuditRow, RequestTables } from "./tables.ts";

/** What every row but the first one names as the hash before it. */
const genesis = "";

/** Rows chain by hash, so that one that was removed or edited shows. */
export function auditLog(db: Kysely<RequestTables>): AuditLog {
  return {
    append: (entry, outbox = []) =>
      db.transaction().execute(async (trx) => {
        await appendAudit(trx, entry);
        await enqueue(trx, outbox, entry.at);
      }),

    async about(subject) {
      const rows = await db.selectFrom("audit").selectAll().where("subject", "=", subject).orderBy("seq").execute();
      return rows.map((row) => ({ ...entryOf(row), seq: row.seq, hash: row.hash }));
    },

    async verify() {
      let previous = genesis;
      let seq = 0;
      for await (const row of db.selectFrom("audit").selectAll().orderBy("seq").stream()) {
        seq += 1;
        if (row.seq !== seq) return { seq, problem: `row ${seq} was removed` };
        if (row.previous !== previous) return { seq, problem: `row ${seq} does not follow the row before it` };
        if (row.hash !== hashRow(row)) return { seq, problem: `row ${seq} was edited` };
        previous = row.hash;
      }
      const written = await lastSeq(db);
      return written > seq ? { seq: seq + 1, problem: `the rows from ${seq + 1} to ${written} were removed` } : null;
    },
  };
}

export async function appendAudit(trx: Transaction<RequestTables>, entry: AuditEntry): Promise<void> {
  const last = await trx.selectFrom("audit").select("hash").orderBy("seq", "desc").limit(1).executeTakeFirst();
  const row = {
    seq: (await lastSeq(trx)) + 1,
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    detail: JSON.stringify(entry.detail),
    previous: last?.hash ?? genesis,
  };
  await trx
    .insertInto("audit")
    .values({ ...row, hash: hashRow(row) })
    .execute();
}

function hashRow({ seq, at, actor, action, subject, detail, previous }: Omit<AuditRow, "hash">): string {
  return hashOf({ seq, at, actor, action, subject, detail, previous });
}

function entryOf(row: AuditRow): AuditEntry {
  return { at: row.at, actor: row.actor, action: row.action, subject: row.subject, detail: JSON.parse(row.detail) };
}

/** AUTOINCREMENT remembers the highest number ever given: rows missing at the end show too. */
async function lastSeq(db: Kysely<RequestTables>): Promise<number> {
  const { rows } = await sql<{ seq: number }>`SELECT seq FROM sqlite_sequence WHERE name = 'audit'`.execute(db);
  return rows[0]?.seq ?? 0;
}
