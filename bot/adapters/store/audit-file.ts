import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import type { Log } from "../../domain/audit-chain.ts";
import { Failure } from "../../errors.ts";
import { auditLog } from "./audit.ts";
import { NodeSqliteDialect } from "./dialect.ts";
import { sqliteCode, storeFailure } from "./failure.ts";
import type { RequestTables } from "./tables.ts";

/**
 * The audit log of a store that no bot has open: it is read, and nothing is written. Throws `store-in-use`,
 * `store-missing`, and what ails the file.
 */
export async function openAuditFile(file: string): Promise<Log & AsyncDisposable> {
  if (!existsSync(file)) {
    throw new Failure(
      "store-missing",
      `There is no store at ${file}.`,
      "Name the bot's certops.yaml in CERTOPS_CONFIG.",
    );
  }
  let db: Kysely<RequestTables> | undefined;
  try {
    db = new Kysely<RequestTables>({
      dialect: new NodeSqliteDialect(new DatabaseSync(file, { readOnly: true, timeout: 500 }), file),
    });
    return { ...(await auditLog(db).log()), [Symbol.asyncDispose]: () => db?.destroy() ?? Promise.resolve() };
  } catch (error) {
    await db?.destroy();
    throw sqliteCode(error) === 5 ? inUse(file, error) : storeFailure(error, file);
  }
}

function inUse(file: string, cause: unknown): Failure {
  return new Failure("store-in-use", `A process has the store ${file} open.`, "Ask it by its socket, or stop it.", {
    cause,
  });
}
