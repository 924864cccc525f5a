import type { Transaction } from "kysely";
import type { Commit } from "../../operations/store-ports.ts";
import { appendAudit } from "./audit.ts";
import { enqueue } from "./outbox.ts";
import type { RequestTables } from "./tables.ts";

/** The audit row and the outbox rows of a change, in the transaction of that change. */
export async function record(trx: Transaction<RequestTables>, commit: Commit): Promise<void> {
  await appendAudit(trx, commit.audit);
  await enqueue(trx, commit.outbox, commit.audit.at);
}
