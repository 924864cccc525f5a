import type { Kysely, Selectable } from "kysely";
import type { Passkey } from "../../domain/passkey.ts";
import type { LinkPurpose, PasskeyLink } from "../../domain/passkey-link.ts";
import type { KeptPasskeys } from "../../operations/passkeys/ports.ts";
import { appendAudit } from "./audit.ts";
import { record } from "./commit.ts";
import type { RequestTables } from "./tables.ts";

/** The tables of migration 0011. */
type PasskeyTables = RequestTables & { passkeys: PasskeyRow; passkey_links: LinkRow };

interface PasskeyRow {
  id: string;
  user: string;
  public_key: string;
  counter: number;
  /** JSON. */
  transports: string;
  rp_id: string;
  enrolled_at: number;
  enrolled_by: string;
  used_at: number | null;
  withdrawn_at: number | null;
  withdrawn_by: string | null;
}

interface LinkRow {
  hash: string;
  user: string;
  /** JSON. */
  purpose: string;
  nonce: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

/** Long enough to say of an old link what became of it. */
const keepLinksMs = 7 * 86_400_000;

export function keptPasskeys(db: Kysely<PasskeyTables>): KeptPasskeys {
  return {
    async all() {
      const rows = await db.selectFrom("passkeys").selectAll().orderBy("enrolled_at").orderBy("id").execute();
      return rows.map(passkeyOf);
    },

    add: (passkey, { first = false, ...commit }) =>
      db.transaction().execute(async (trx) => {
        if (first) {
          const other = await trx
            .selectFrom("passkeys")
            .select("id")
            .where("withdrawn_at", "is", null)
            .where("rp_id", "=", passkey.rpId)
            .executeTakeFirst();
          if (other) return false;
        }
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("passkeys")
          .values(rowOf(passkey))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        await record(trx, commit);
        return true;
      }),

    withdraw: (id, { at, by }, commit) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable("passkeys")
          .set({ withdrawn_at: at, withdrawn_by: by })
          .where("id", "=", id)
          .where("withdrawn_at", "is", null)
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        await record(trx, commit);
        return true;
      }),

    keepLink: ({ hash, user, nonce, createdAt, expiresAt, usedAt, ...purpose }, commit) =>
      db.transaction().execute(async (trx) => {
        await trx
          .deleteFrom("passkey_links")
          .where("created_at", "<", createdAt - keepLinksMs)
          .execute();
        await trx
          .insertInto("passkey_links")
          .values({
            hash,
            user,
            nonce,
            purpose: JSON.stringify(purpose),
            created_at: createdAt,
            expires_at: expiresAt,
            used_at: usedAt,
          })
          .execute();
        await record(trx, commit);
      }),

    async link(hash) {
      const row = await db.selectFrom("passkey_links").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row ? linkOf(row) : null;
    },

    use: (hash, audit, signed) =>
      db.transaction().execute(async (trx) => {
        const link = trx
          .selectFrom("passkey_links")
          .select("hash")
          .where("hash", "=", hash)
          .where("used_at", "is", null);
        if (!(await link.executeTakeFirst())) return false;
        if (signed) {
          const { numUpdatedRows } = await trx
            .updateTable("passkeys")
            .set({ counter: signed.counter, used_at: audit.at })
            .where("id", "=", signed.passkey.id)
            .where("counter", "=", signed.passkey.counter)
            .where("withdrawn_at", "is", null)
            .executeTakeFirst();
          if (numUpdatedRows !== 1n) return false;
        }
        await trx.updateTable("passkey_links").set({ used_at: audit.at }).where("hash", "=", hash).execute();
        await appendAudit(trx, audit);
        return true;
      }),
  };
}

function rowOf(passkey: Passkey): PasskeyRow {
  return {
    id: passkey.id,
    user: passkey.user,
    public_key: passkey.publicKey,
    counter: passkey.counter,
    transports: JSON.stringify(passkey.transports),
    rp_id: passkey.rpId,
    enrolled_at: passkey.enrolledAt,
    enrolled_by: passkey.enrolledBy,
    used_at: passkey.usedAt,
    withdrawn_at: passkey.withdrawnAt,
    withdrawn_by: passkey.withdrawnBy,
  };
}

function passkeyOf(row: Selectable<PasskeyRow>): Passkey {
  return {
    id: row.id,
    user: row.user,
    publicKey: row.public_key,
    counter: row.counter,
    transports: JSON.parse(row.transports),
    rpId: row.rp_id,
    enrolledAt: row.enrolled_at,
    enrolledBy: row.enrolled_by,
    usedAt: row.used_at,
    withdrawnAt: row.withdrawn_at,
    withdrawnBy: row.withdrawn_by,
  };
}

function linkOf(row: Selectable<LinkRow>): PasskeyLink {
  return {
    ...(JSON.parse(row.purpose) as LinkPurpose),
    hash: row.hash,
    user: row.user,
    nonce: row.nonce,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
  };
}
