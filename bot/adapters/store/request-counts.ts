import type { Kysely } from "kysely";
import type { RequestState } from "../../domain/renewal.ts";
import type { RenewalTables } from "./tables.ts";

/** How many requests are in each state; a state that none is in is left out. */
export function requestCounts(db: Kysely<RenewalTables>): () => Promise<{ state: RequestState; count: number }[]> {
  return () =>
    db
      .selectFrom("requests")
      .select(({ fn }) => ["state", fn.countAll<number>().as("count")])
      .groupBy("state")
      .execute();
}
