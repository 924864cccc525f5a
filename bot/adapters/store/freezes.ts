import type { ExpressionBuilder, Kysely, Transaction } from "kysely";
import type { Freeze } from "../../domain/freeze.ts";
import type { Clock } from "../../operations/ports.ts";
import type { Commit, Freezes } from "../../operations/store-ports.ts";
import { appendAudit } from "./audit.ts";
import { record } from "./commit.ts";
import { touches } from "./request-services.ts";
import type { FreezeRow, RequestTables } from "./tables.ts";

export function freezes(db: Kysely<RequestTables>, clock: Clock): Freezes {
  const put = async (trx: Transaction<RequestTables>, row: FreezeRow, commit: Commit): Promise<boolean> => {
    await sweepLapsed(trx, row.at);
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto("freezes")
      .values(row)
      .onConflict((conflict) => conflict.columns(["scope", "kind"]).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return false;
    await record(trx, commit);
    return true;
  };

  const remove = (scope: string, kind: FreezeRow["kind"], commit: Commit): Promise<boolean> =>
    db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom("freezes")
        .where("scope", "=", scope)
        .where("kind", "=", kind)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await record(trx, commit);
      return true;
    });

  return {
    freeze: (freeze, commit) =>
      db.transaction().execute((trx) => put(trx, { ...rowOf(freeze), kind: "freeze", until: null }, commit)),

    thaw: (scope, commit) => remove(scope, "freeze", commit),

    hold: (hold, commit) =>
      db
        .transaction()
        .execute(async (trx) =>
          (await underWay(trx, hold.scope))
            ? false
            : put(trx, { ...rowOf(hold), kind: "hold", until: hold.until }, commit),
        ),

    release: (scope, commit) => remove(scope, "hold", commit),

    async all() {
      const rows = await db.selectFrom("freezes").selectAll().where(inForce(clock())).orderBy("at").execute();
      return rows.map((row) => ({ ...rowOf(row), until: row.until }));
    },
  };
}

/** A hold of a case that died: what ends by itself is in the audit log too. */
async function sweepLapsed(trx: Transaction<RequestTables>, at: number): Promise<void> {
  const lapsed = await trx.deleteFrom("freezes").where("until", "<=", at).returningAll().execute();
  for (const { scope, by, reason, until } of lapsed) {
    const detail = { by, reason, until };
    await appendAudit(trx, { at, actor: "certops", action: "hold.lapsed", subject: scope, detail });
  }
}

const rowOf = ({ scope, by, reason, at }: Freeze): Freeze => ({ scope, by, reason, at });

const inForce = (now: number) => (eb: ExpressionBuilder<RequestTables, "freezes">) =>
  eb.or([eb("until", "is", null), eb("until", ">", now)]);

async function underWay(trx: Transaction<RequestTables>, scope: string): Promise<boolean> {
  const job = await trx
    .selectFrom("jobs")
    .select("jobs.request")
    .where("done_at", "is", null)
    .$if(scope !== "*", (query) => query.where(touches("jobs.request", [scope])))
    .limit(1)
    .executeTakeFirst();
  return job !== undefined;
}

/** The scopes in which automation stands still. To be asked in the transaction that is about to go on. */
export async function frozenScopes(trx: Transaction<RequestTables>, now: number): Promise<string[]> {
  const rows = await trx.selectFrom("freezes").select("scope").where(inForce(now)).execute();
  return rows.map(({ scope }) => scope);
}

export const covers = (scopes: string[], services: string[]) =>
  scopes.includes("*") || services.some((service) => scopes.includes(service));
