import { type Kysely, sql, type SqlBool, type Transaction } from "kysely";
import { about, type Kind, type Request, type RequestOf } from "../../domain/request.ts";
import type { RequestChange, RequestFilter, Requests } from "../../operations/store-ports.ts";
import { record } from "./commit.ts";
import { covers, frozenScopes } from "./freezes.ts";
import { queued } from "./jobs.ts";
import { touches } from "./request-services.ts";
import type { RequestRow, RequestTables } from "./tables.ts";

export function requests(db: Kysely<RequestTables>): Requests {
  return {
    open: (request, { job = false, promised = false, ...commit }) =>
      db.transaction().execute(async (trx) => {
        const { services } = about(request);
        if (!promised && covers(await frozenScopes(trx, request.createdAt), services)) return false;
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("requests")
          .values(rowOf(request))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        const touched = services.map((service) => ({ request: request.id, service }));
        if (touched.length > 0) await trx.insertInto("request_services").values(touched).execute();
        const begins = promised ? "promised" : "queued";
        if (job)
          await trx
            .insertInto("jobs")
            .values(queued(request.id, commit.audit.at, begins))
            .execute();
        await record(trx, commit);
        return true;
      }),

    async find(id) {
      const row = await db.selectFrom("requests").selectAll().where("id", "=", id).executeTakeFirst();
      return row ? requestOf(row) : null;
    },

    async count({ kind, states }) {
      const { count } = await db
        .selectFrom("requests")
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .where("kind", "=", kind)
        .where("state", "in", states)
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    async list<K extends Kind>({ kind, states, subject, touches: service, toReview, limit = 100 }: RequestFilter<K>) {
      const rows = await db
        .selectFrom("requests")
        .selectAll()
        .$if(kind !== undefined, (query) => query.where("kind", "=", kind as Kind))
        .$if(states !== undefined, (query) => query.where("state", "in", states ?? []))
        .$if(subject !== undefined, (query) => query.where("subject", "=", subject ?? ""))
        .$if(toReview === true, (query) => query.where(waitsForReview))
        .$if(service !== undefined, (query) => query.where(touches("requests.id", [service ?? ""])))
        .orderBy("created_at", "desc")
        .limit(limit)
        .execute();
      return rows.map(requestOf) as RequestOf<K>[];
    },

    move: (id, from, change, { job = false, knowing, ...commit }) =>
      db.transaction().execute(async (trx) => {
        if (job && (await frozen(trx, id, commit.audit.at))) return false;
        const { numUpdatedRows } = await trx
          .updateTable("requests")
          .set((eb) => ({ ...columnsOf(change), version: eb("version", "+", 1) }))
          .where("id", "=", id)
          .where("state", "in", from)
          .$if(knowing !== undefined, (query) => query.where("version", "=", knowing ?? 0))
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        if (job) await trx.insertInto("jobs").values(queued(id, commit.audit.at)).execute();
        await record(trx, commit);
        return true;
      }),

    async placed(id, message) {
      await db
        .updateTable("requests")
        .set({ message: JSON.stringify(message) })
        .where("id", "=", id)
        .execute();
    },
  };
}

const waitsForReview = sql<SqlBool>`review IS NOT NULL AND json_extract(review, '$.by') IS NULL`;

function columnsOf(change: RequestChange): Partial<RequestRow> {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  return {
    ...(change.state && { state: change.state }),
    ...(change.stage !== undefined && { stage: change.stage }),
    ...(change.remindedAt !== undefined && { reminded_at: change.remindedAt }),
    ...(change.expiresAt !== undefined && { expires_at: change.expiresAt }),
    ...(change.decidedBy !== undefined && { decided_by: change.decidedBy }),
    ...(change.decidedAt !== undefined && { decided_at: change.decidedAt }),
    ...(change.decidedWhy !== undefined && { decided_why: change.decidedWhy }),
    ...(change.approvals && { approvals: JSON.stringify(change.approvals) }),
    ...(change.remarks && { remarks: JSON.stringify(change.remarks) }),
    ...(change.review !== undefined && { review: json(change.review) }),
    ...(change.receipt !== undefined && { receipt: json(change.receipt) }),
  };
}

async function frozen(trx: Transaction<RequestTables>, id: string, now: number): Promise<boolean> {
  const touched = await trx.selectFrom("request_services").select("service").where("request", "=", id).execute();
  return covers(
    await frozenScopes(trx, now),
    touched.map(({ service }) => service),
  );
}

function rowOf(request: Request): RequestRow {
  return {
    id: request.id,
    kind: request.kind,
    subject: about(request).subject,
    requester: request.requester,
    reason: request.reason,
    plan: JSON.stringify(request.plan),
    plan_hash: request.planHash,
    evidence: JSON.stringify(request.evidence),
    approval: JSON.stringify(request.approval),
    state: request.state,
    created_at: request.createdAt,
    expires_at: request.expiresAt,
    decided_by: request.decidedBy,
    decided_at: request.decidedAt,
    approvals: JSON.stringify(request.approvals),
    stage: request.stage,
    reminded_at: request.remindedAt,
    decided_why: request.decidedWhy,
    remarks: JSON.stringify(request.remarks),
    review: request.review && JSON.stringify(request.review),
    version: request.version,
    message: request.message && JSON.stringify(request.message),
    receipt: request.receipt && JSON.stringify(request.receipt),
  };
}

/** Each row was written from a request of its kind: its plan, evidence, state and receipt are of that kind. */
function requestOf(row: RequestRow): Request {
  const common = {
    id: row.id,
    requester: row.requester,
    reason: row.reason,
    plan: JSON.parse(row.plan),
    planHash: row.plan_hash,
    evidence: JSON.parse(row.evidence),
    approval: JSON.parse(row.approval),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    approvals: JSON.parse(row.approvals),
    stage: row.stage,
    remindedAt: row.reminded_at,
    decidedWhy: row.decided_why,
    remarks: JSON.parse(row.remarks),
    review: row.review === null ? null : JSON.parse(row.review),
    version: row.version,
    message: row.message === null ? null : JSON.parse(row.message),
    receipt: row.receipt === null ? null : JSON.parse(row.receipt),
  };
  switch (row.kind) {
    case "renewal":
      return { ...common, kind: row.kind, service: row.subject, state: row.state as RequestOf<"renewal">["state"] };
    case "intention":
      return { ...common, kind: row.kind, state: row.state as RequestOf<"intention">["state"] };
    case "firewall":
      return { ...common, kind: row.kind, state: row.state as RequestOf<"firewall">["state"] };
    case "revocation":
      return { ...common, kind: row.kind, state: row.state as RequestOf<"revocation">["state"] };
    case "enrolment":
      return { ...common, kind: row.kind, state: row.state as RequestOf<"enrolment">["state"] };
  }
}
