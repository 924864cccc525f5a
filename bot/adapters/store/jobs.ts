import { type Insertable, type Kysely, sql } from "kysely";
import type { Job, Jobs } from "../../operations/store-ports.ts";
import { appendAudit } from "./audit.ts";
import { record } from "./commit.ts";
import { frozenScopes } from "./freezes.ts";
import { touches } from "./request-services.ts";
import type { JobRow, RequestTables } from "./tables.ts";

/** As an approval leaves it, until its work begins. */
type NotBegun = "queued" | "promised";

/** A job is put off for no longer, but to the day on which its plan begins. */
const longestWaitMs = 60_000;

const startsAt = sql<number>`coalesce((SELECT json_extract(plan, '$.startsAt') FROM requests WHERE id = jobs.request), 0)`;

export function jobs(db: Kysely<RequestTables>): Jobs {
  const held = (request: string, owner: string) => ({ request, owner });

  return {
    claim: (owner, now, leaseMs) =>
      db.transaction().execute(async (trx) => {
        const scopes = await frozenScopes(trx, now);
        const due = await trx
          .selectFrom("jobs")
          .select("request")
          .where("done_at", "is", null)
          .where((eb) =>
            eb.or([
              eb("due_at", "<=", now),
              // Approved, or put off, by a clock that was ahead and no longer is; but for what waits for the day its plan names.
              eb("attempts", "=", 0),
              eb.and([eb("due_at", ">", now + longestWaitMs), eb("due_at", ">", startsAt)]),
            ]),
          )
          // An owner's own lease never lapses for itself: a clock that leaps must not have it do the same job twice.
          .where((eb) =>
            eb.or([eb("lease_until", "is", null), eb.and([eb("lease_until", "<=", now), eb("owner", "<>", owner)])]),
          )
          // What has begun goes on in spite of a freeze.
          .$if(scopes.includes("*"), (query) => query.where("step", "<>", "queued"))
          .$if(scopes.length > 0, (query) =>
            query.where((eb) => eb.or([eb("step", "<>", "queued"), eb.not(touches("jobs.request", scopes))])),
          )
          .orderBy("due_at")
          .limit(1)
          .executeTakeFirst();
        if (!due) return null;
        const row = await trx
          .updateTable("jobs")
          .set((eb) => ({ owner, lease_until: now + leaseMs, attempts: eb("attempts", "+", 1) }))
          .where("request", "=", due.request)
          .returningAll()
          .executeTakeFirstOrThrow();
        return jobOf(row);
      }),

    async keep(request, owner, until, progress) {
      const { numUpdatedRows } = await db
        .updateTable("jobs")
        .set({ lease_until: until, progress: JSON.stringify(progress) })
        .where((eb) => eb.and(held(request, owner)))
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },

    advance: (request, owner, { step, data, progress }, audit) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable("jobs")
          .set({ step, data: JSON.stringify(data), progress: JSON.stringify(progress) })
          .where((eb) => eb.and(held(request, owner)))
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        await appendAudit(trx, audit);
        return true;
      }),

    async release(request, owner, dueAt) {
      const { numUpdatedRows } = await db
        .updateTable("jobs")
        .set({ owner: null, lease_until: null, due_at: dueAt })
        .where((eb) => eb.and(held(request, owner)))
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },

    finish: (request, owner, change, commit) =>
      db.transaction().execute(async (trx) => {
        const job = await trx
          .updateTable("jobs")
          .set({ owner: null, lease_until: null, done_at: commit.audit.at })
          .where((eb) => eb.and(held(request, owner)))
          .executeTakeFirst();
        if (job.numUpdatedRows !== 1n) return false;
        await trx
          .updateTable("requests")
          .set({ state: change.state, receipt: change.receipt && JSON.stringify(change.receipt) })
          .where("id", "=", request)
          .execute();
        await record(trx, commit);
        return true;
      }),
  };
}

/** Gives back every lease, and tells in the audit log which jobs will be resumed. */
export async function releaseLeases(db: Kysely<RequestTables>, now: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const cut = await trx
      .updateTable("jobs")
      .set({ owner: null, lease_until: null })
      .where("done_at", "is", null)
      .where("owner", "is not", null)
      .returning(["request", "step"])
      .execute();
    for (const { request, step } of cut) {
      const detail = { after: step };
      await appendAudit(trx, { at: now, actor: "certops", action: "job.cut-off", subject: request, detail });
    }
    await sql`UPDATE outbox SET lease_until = NULL WHERE done_at IS NULL`.execute(trx);
  });
}

/** A job as an approval leaves it. */
export function queued(request: string, now: number, step: NotBegun = "queued"): Insertable<JobRow> {
  return { request, step, data: "null", progress: "null", attempts: 0, due_at: now };
}

function jobOf(row: JobRow): Job {
  return {
    request: row.request,
    step: row.step,
    data: JSON.parse(row.data),
    progress: JSON.parse(row.progress),
    attempts: row.attempts,
  };
}
