import type { DatabaseSync } from "node:sqlite";
import {
  type DatabaseConnection,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from "kysely";
import { storeFailure } from "./failure.ts";

/** Kysely on node:sqlite. What SQLite refuses arrives as a `Failure`; a violated constraint stays as it is. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: DatabaseSync;
  readonly #config: SqliteDialectConfig;

  constructor(database: DatabaseSync, file: string) {
    const config = {
      database: {
        close: () => database.close(),
        prepare: (sql: string) => told(file, () => statement(database, sql, file)),
      },
    };
    super(config);
    this.#database = database;
    this.#config = config;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdl();
  }

  override createDriver(): SqliteDriver {
    return new OneRollback(this.#config, this.#database);
  }
}

/** SQLite's DDL is transactional: a migration that is cut off leaves nothing behind. */
class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** On a full disk SQLite rolls back by itself; a second rollback would hide why. */
class OneRollback extends SqliteDriver {
  readonly #database: DatabaseSync;

  constructor(config: SqliteDialectConfig, database: DatabaseSync) {
    super(config);
    this.#database = database;
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}

type Parameters = (null | number | bigint | string | Uint8Array)[];

function statement(database: DatabaseSync, sql: string, file: string): SqliteStatement {
  const prepared = database.prepare(sql);
  return {
    reader: prepared.columns().length > 0,
    all: (parameters) => told(file, () => prepared.all(...(parameters as Parameters))),
    run: (parameters) => told(file, () => prepared.run(...(parameters as Parameters))),
    iterate: (parameters) => told(file, () => prepared.iterate(...(parameters as Parameters))),
  };
}

function told<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeFailure(error, file);
  }
}
