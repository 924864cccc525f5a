import { chmodSync, closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import type { AuditLog, Freezes, Jobs, Outbox, Requests } from "../../operations/store-ports.ts";
import type { Clock } from "../../operations/ports.ts";
import { Failure } from "../../errors.ts";
import { auditLog } from "./audit.ts";
import { NodeSqliteDialect } from "./dialect.ts";
import { sqliteCode, storeFailure } from "./failure.ts";
import { freezes } from "./freezes.ts";
import { jobs, releaseLeases } from "./jobs.ts";
import { migrate } from "./migrations.ts";
import { outbox } from "./outbox.ts";
import { requests } from "./requests.ts";
import type { RequestTables } from "./tables.ts";

/** The store's tables. Inventory adds its own: `db.withTables<InventoryTables>()`. */
export type Database = Kysely<RequestTables>;

export interface Store extends AsyncDisposable {
  requests: Requests;
  jobs: Jobs;
  audit: AuditLog;
  freezes: Freezes;
  outbox: Outbox;
  db: Database;
}

/**
 * Opens (or makes) the store and brings its schema up to date.
 * The file belongs to one process: a second one gets the Failure `store-in-use`.
 */
export async function openStore(file: string, clock: Clock): Promise<Store> {
  const sqlite = openExclusively(file);
  const db: Database = new Kysely({ dialect: new NodeSqliteDialect(sqlite, file) });
  try {
    await migrate(db, file);
    // Nobody else has the file open: every lease is of an owner that is gone.
    await releaseLeases(db, clock());
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    requests: requests(db),
    jobs: jobs(db),
    audit: auditLog(db),
    freezes: freezes(db, clock),
    outbox: outbox(db, clock),
    db,
    [Symbol.asyncDispose]: async () => {
      rmSync(pidFile(file), { force: true });
      await db.destroy();
    },
  };
}

/** The open file with the settings the store relies on, and its lock taken. */
function openExclusively(file: string): DatabaseSync {
  let sqlite: DatabaseSync | undefined;
  try {
    createPrivately(file);
    sqlite = new DatabaseSync(file, { timeout: 500, enableForeignKeyConstraints: true });
    // The kernel drops this lock with its process, also after SIGKILL: it never goes stale.
    sqlite.exec("PRAGMA locking_mode = EXCLUSIVE");
    sqlite.exec("PRAGMA journal_mode = WAL");
    sqlite.exec("PRAGMA synchronous = FULL");
    sqlite.exec("BEGIN IMMEDIATE; COMMIT");
    writeFileSync(pidFile(file), `${process.pid}\n`, { mode: 0o600 });
    return sqlite;
  } catch (error) {
    sqlite?.close();
    if (sqliteCode(error) === 5) throw inUse(file, error);
    throw storeFailure(error, file);
  }
}

function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    throw new Failure(
      "store-unreachable",
      `The store ${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
      "Check that its folder exists and that the bot's user may write there.",
      { cause: error },
    );
  }
}

function inUse(file: string, cause: unknown): Failure {
  const pid = holder(file);
  return new Failure(
    "store-in-use",
    `The store ${file} is in use by ${pid === null ? "another process" : `process ${pid}`}.`,
    "One bot works on one store: stop the other one first, or point `data` in certops.yaml at another folder.",
    { cause },
  );
}

// Only told to a person: the lock itself is SQLite's.
const pidFile = (file: string) => `${file}.pid`;

function holder(file: string): string | null {
  try {
    return readFileSync(pidFile(file), "utf8").trim() || null;
  } catch {
    return null;
  }
}
