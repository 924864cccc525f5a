import { type Kysely, sql } from "kysely";
import type { Home, HomePages, Homes } from "../../operations/store-ports.ts";

interface HomeTables {
  homes: HomeRow;
}

interface HomeRow {
  user: string;
  opened_at: number;
  /** JSON. */
  pages: string;
  /** JSON. */
  note: string | null;
  /** How often the tab was opened since the note came. */
  note_seen: number;
  hash: string | null;
}

const firstPages: HomePages = { requests: 0, expiring: 0 };

/** Whose Home tab shows what. */
export function homes(db: Kysely<HomeTables>): Homes {
  return {
    async opened(user, at) {
      const pages = JSON.stringify(firstPages);
      await db
        .insertInto("homes")
        .values({ user, opened_at: at, pages, note: null, note_seen: 0, hash: null })
        .onConflict((conflict) =>
          conflict.column("user").doUpdateSet({
            opened_at: at,
            pages,
            // What they were told while they were elsewhere they have to find here once.
            note: sql`CASE WHEN note_seen > 0 THEN NULL ELSE note END`,
            note_seen: sql`note_seen + 1`,
            hash: null,
          }),
        )
        .execute();
    },

    async change(user, { pages, note }, at) {
      const told = note === undefined ? {} : { note: note && JSON.stringify(note), note_seen: 0 };
      const turned = pages === undefined ? {} : { pages: JSON.stringify(pages) };
      await db
        .insertInto("homes")
        .values({
          user,
          pages: JSON.stringify(firstPages),
          note: null,
          note_seen: 0,
          opened_at: at,
          hash: null,
          ...told,
          ...turned,
        })
        .onConflict((conflict) =>
          conflict.column("user").doUpdateSet({ opened_at: at, hash: null, ...told, ...turned }),
        )
        .execute();
    },

    async drawn(user, hash) {
      await db.updateTable("homes").set({ hash }).where("user", "=", user).execute();
    },

    async since(at) {
      const rows = await db
        .selectFrom("homes")
        .selectAll()
        .where("opened_at", ">=", at)
        .orderBy(sql`hash IS NOT NULL`)
        .orderBy("opened_at", "desc")
        .execute();
      return rows.map(homeOf);
    },
  };
}

const homeOf = ({ user, opened_at, pages, note, hash }: HomeRow): Home => ({
  user,
  openedAt: opened_at,
  pages: JSON.parse(pages),
  note: note === null ? null : JSON.parse(note),
  hash,
});
