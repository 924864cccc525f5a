import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, sql, type Transaction } from "kysely";
import { type AuditRow, hashOfRow, type Log, verifyChain } from "../../domain/audit-chain.ts";
import type { AuditEntry, AuditLog } from "../../operations/store-ports.ts";
import { enqueue } from "./outbox.ts";
import type { RequestTables } from "./tables.ts";

const rowsAtATime = 500;

/** Rows chain by hash, so that one that was removed or edited shows. */
export function auditLog(db: Kysely<RequestTables>): AuditLog {
  const log = async (): Promise<Log> => ({
    // Read first: a row that is written meanwhile must not count as missing.
    written: await lastSeq(db),
    rows: rowsIn(db),
  });

  return {
    log,

    append: (entry, outbox = []) =>
      db.transaction().execute(async (trx) => {
        await appendAudit(trx, entry);
        await enqueue(trx, outbox, entry.at);
      }),

    async about(subject) {
      const rows = await db.selectFrom("audit").selectAll().where("subject", "=", subject).orderBy("seq").execute();
      return rows.map((row) => ({ ...entryOf(row), seq: row.seq, hash: row.hash }));
    },

    head: async () => (await lastRow(db)) ?? null,

    async verify() {
      const { findings } = await verifyChain(await log());
      const [first] = findings;
      return first === undefined ? null : { seq: first.from, problem: first.problem };
    },
  };
}

/** A page at a time: a reader that is slow keeps nobody from writing, and a long log nobody from being answered. */
async function* rowsIn(db: Kysely<RequestTables>): AsyncGenerator<AuditRow> {
  for (let after = 0; ;) {
    const page = await db
      .selectFrom("audit")
      .selectAll()
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(rowsAtATime)
      .execute();
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < rowsAtATime) return;
    after = last.seq;
    await nextTurn();
  }
}

export async function appendAudit(trx: Transaction<RequestTables>, entry: AuditEntry): Promise<void> {
  const row = {
    seq: (await lastSeq(trx)) + 1,
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    detail: JSON.stringify(entry.detail),
    previous: (await lastRow(trx))?.hash ?? "",
  };
  await trx
    .insertInto("audit")
    .values({ ...row, hash: hashOfRow(row) })
    .execute();
}

const lastRow = (db: Kysely<RequestTables>) =>
  db.selectFrom("audit").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst();

function entryOf(row: AuditRow): AuditEntry {
  return { at: row.at, actor: row.actor, action: row.action, subject: row.subject, detail: JSON.parse(row.detail) };
}

/** AUTOINCREMENT remembers the highest number ever given: rows missing at the end show too. */
async function lastSeq(db: Kysely<RequestTables>): Promise<number> {
  const { rows } = await sql<{ seq: number }>`SELECT seq FROM sqlite_sequence WHERE name = 'audit'`.execute(db);
  return rows[0]?.seq ?? 0;
}
