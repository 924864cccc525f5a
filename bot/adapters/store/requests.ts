import type { Kysely } from "kysely";
import type { RenewalRequest } from "../../domain/renewal.ts";
import type { Requests } from "../../operations/ports.ts";
import { record } from "./commit.ts";
import { covers, frozenScopes } from "./freezes.ts";
import { queued } from "./jobs.ts";
import type { RenewalTables, RequestRow } from "./tables.ts";

export function requests(db: Kysely<RenewalTables>): Requests {
  return {
    open: (request, commit) =>
      db.transaction().execute(async (trx) => {
        if (covers(await frozenScopes(trx, request.createdAt), request.service)) return false;
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("requests")
          .values(rowOf(request))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        await record(trx, commit);
        return true;
      }),

    async find(id) {
      const row = await db.selectFrom("requests").selectAll().where("id", "=", id).executeTakeFirst();
      return row ? requestOf(row) : null;
    },

    async list({ states, service, limit = 100 }) {
      const rows = await db
        .selectFrom("requests")
        .selectAll()
        .$if(states !== undefined, (query) => query.where("state", "in", states ?? []))
        .$if(service !== undefined, (query) => query.where("service", "=", service ?? ""))
        .orderBy("created_at", "desc")
        .limit(limit)
        .execute();
      return rows.map(requestOf);
    },

    move: (id, from, change, { job = false, ...commit }) =>
      db.transaction().execute(async (trx) => {
        const open = await trx
          .selectFrom("requests")
          .select("service")
          .where("id", "=", id)
          .where("state", "in", from)
          .executeTakeFirst();
        if (!open) return false;
        if (job && covers(await frozenScopes(trx, commit.audit.at), open.service)) return false;
        const { numUpdatedRows } = await trx
          .updateTable("requests")
          .set({
            ...(change.state && { state: change.state }),
            ...(change.decidedBy !== undefined && { decided_by: change.decidedBy }),
            ...(change.decidedAt !== undefined && { decided_at: change.decidedAt }),
            ...(change.receipt !== undefined && { receipt: JSON.stringify(change.receipt) }),
          })
          .where("id", "=", id)
          .where("state", "in", from)
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        if (job)
          await trx
            .insertInto("jobs")
            .values(queued(id, open.service, commit.audit.at))
            .execute();
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

function rowOf(request: RenewalRequest): RequestRow {
  return {
    id: request.id,
    service: request.service,
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
    message: request.message && JSON.stringify(request.message),
    receipt: request.receipt && JSON.stringify(request.receipt),
  };
}

function requestOf(row: RequestRow): RenewalRequest {
  return {
    id: row.id,
    service: row.service,
    requester: row.requester,
    reason: row.reason,
    plan: JSON.parse(row.plan),
    planHash: row.plan_hash,
    evidence: JSON.parse(row.evidence),
    approval: JSON.parse(row.approval),
    state: row.state,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    message: row.message === null ? null : JSON.parse(row.message),
    receipt: row.receipt === null ? null : JSON.parse(row.receipt),
  };
}
