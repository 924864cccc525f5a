import type { Kysely } from "kysely";
import type { Kind, RequestState } from "../../domain/request.ts";
import type { RequestTables } from "./tables.ts";

/** How many requests of each kind are in each state; a state that none is in is left out. */
export function requestCounts(
  db: Kysely<RequestTables>,
): () => Promise<{ kind: Kind; state: RequestState; count: number }[]> {
  return () =>
    db
      .selectFrom("requests")
      .select(({ fn }) => ["kind", "state", fn.countAll<number>().as("count")])
      .groupBy(["kind", "state"])
      .execute();
}
