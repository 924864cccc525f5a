import { setImmediate as othersTurn } from "node:timers/promises";
import { type Kysely, type Transaction, sql } from "kysely";
import type { Certificate } from "../../domain/certificate.ts";
import type { Observation, ObservationRecord } from "../../domain/endpoint.ts";
import type { Inventory } from "../../operations/inventory.ts";
import { findCertificates, findIssuers, lookUp } from "./inventory-search.ts";
import type { Database } from "./database.ts";
import type { InventoryTables, ObservationRow, Tables } from "./inventory-tables.ts";
import { certificateOf, reversed, rowOf } from "./inventory-rows.ts";

// SQLite takes some tens of thousands of parameters in one statement; a row of certificates has fourteen.
const rowsAtOnce = 500;

export function inventory(database: Database): Inventory {
  const db = database.withTables<InventoryTables>();
  return {
    saveObservation: (observation, chain) =>
      db.transaction().execute(async (trx) => {
        await saveCertificates(trx, chain, observation.at);
        await saveLook(trx, observation);
      }),

    saveIssued: (certificates, at) =>
      db.transaction().execute(async (trx) => {
        await saveCertificates(trx, certificates, at, at);
        for (const some of inParts(certificates)) {
          await trx
            .insertInto("issued_serials")
            .values(some.map(({ serial }) => ({ serial })))
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      }),

    async knownSerials() {
      const rows = await db.selectFrom("issued_serials").select("serial").execute();
      return new Set(rows.map(({ serial }) => serial));
    },

    async forgetSerials(serials) {
      for (const some of inParts(serials)) {
        await db.deleteFrom("issued_serials").where("serial", "in", some).execute();
      }
    },

    certificates: (filter) => findCertificates(db, filter),

    lookUp: (filter) => lookUp(db, filter),

    issuers: () => findIssuers(db),

    async observations() {
      const rows = await db.selectFrom("observations").selectAll().orderBy("endpoint").execute();
      return rows.map(observationOf);
    },

    async certificate(fingerprint) {
      const row = await db
        .selectFrom("certificates")
        .selectAll()
        .where("fingerprint", "=", fingerprint)
        .executeTakeFirst();
      return row ? certificateOf(row) : null;
    },

    forgetBefore: (at) => forget(db, at),
  };
}

/** `issuedAt`: they stand in Vault's list. Those that are known are only marked as met again. */
async function saveCertificates(
  trx: Transaction<Tables>,
  certificates: Certificate[],
  at: number,
  issuedAt: number | null = null,
): Promise<void> {
  for (const some of inParts(certificates)) {
    await trx
      .insertInto("certificates")
      .values(some.map((certificate) => rowOf(certificate, at, issuedAt)))
      .onConflict((conflict) =>
        conflict.column("fingerprint").doUpdateSet({
          last_seen: sql`max(certificates.last_seen, excluded.last_seen)`,
          issued_at: sql`coalesce(certificates.issued_at, excluded.issued_at)`,
        }),
      )
      .execute();
    const names = some.flatMap(({ fingerprint, names }) =>
      names.map((name) => ({ reversed: reversed(name), fingerprint })),
    );
    for (const part of inParts(names)) {
      await trx
        .insertInto("certificate_names")
        .values(part)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }
}

/** A look that is older than the one we have tells nothing. */
async function saveLook(trx: Transaction<Tables>, observation: Observation): Promise<void> {
  const { endpoint, at, fingerprint, chain, problem, tookMs } = observation;
  const row = {
    fingerprint,
    chain: JSON.stringify(chain),
    problem: problem && JSON.stringify(problem),
    took_ms: tookMs,
  };
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("observations")
    .values({ ...row, endpoint, at, since: at, last_fingerprint: fingerprint })
    .onConflict((conflict) =>
      conflict
        .column("endpoint")
        .doUpdateSet({
          ...row,
          at,
          since: sql`CASE WHEN observations.fingerprint IS excluded.fingerprint
            AND observations.problem ->> 'code' IS excluded.problem ->> 'code' THEN observations.since ELSE excluded.at END`,
          last_fingerprint: sql`coalesce(excluded.fingerprint, observations.last_fingerprint)`,
        })
        .where("observations.at", "<=", at),
    )
    .executeTakeFirst();
  if (fingerprint === null || !numInsertedOrUpdatedRows) return;
  await trx
    .insertInto("sightings")
    .values({ fingerprint, endpoint, first_seen: at, last_seen: at })
    .onConflict((conflict) => conflict.columns(["fingerprint", "endpoint"]).doUpdateSet({ last_seen: at }))
    .execute();
}

/** Deletes a part at a time, and lets others run in between: the whole process stands still while SQLite works. */
async function forget(db: Kysely<Tables>, at: number): Promise<number> {
  // Endpoints not looked at since then are no longer configured: what they showed is history too.
  await db.deleteFrom("observations").where("at", "<", at).execute();
  const some = db
    .selectFrom("certificates")
    .select("fingerprint")
    .where("not_after", "<", at)
    .where("last_seen", "<", at)
    .where("fingerprint", "not in", (eb) =>
      eb
        .selectFrom("observations")
        .select("last_fingerprint")
        .where("last_fingerprint", "is not", null)
        .$castTo<{ last_fingerprint: string }>(),
    )
    .limit(rowsAtOnce);
  let forgotten = 0;
  for (;;) {
    const { numDeletedRows } = await db.deleteFrom("certificates").where("fingerprint", "in", some).executeTakeFirst();
    if (numDeletedRows === 0n) return forgotten;
    forgotten += Number(numDeletedRows);
    await othersTurn();
  }
}

const observationOf = (row: ObservationRow): ObservationRecord => ({
  endpoint: row.endpoint,
  at: row.at,
  since: row.since,
  fingerprint: row.fingerprint,
  chain: JSON.parse(row.chain),
  problem: row.problem === null ? null : JSON.parse(row.problem),
  tookMs: row.took_ms,
});

function* inParts<T>(items: T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += rowsAtOnce) yield items.slice(start, start + rowsAtOnce);
}
