import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Kysely, sql } from "kysely";
import { Failure } from "../../errors.ts";

/** "0012" of "0012-homes". */
const versionOf = (migration: string) => migration.slice(0, 4);

const copyOf = (file: string, version: string) => `${file}.schema-${version}`;

/**
 * Copies the store whole, next to it and for its owner alone, named by the schema it has: the last migration's number. The copy
 * is there only once all of it is on the disk; one of that schema from an upgrade before is replaced. Throws SQLite's refusals
 * and store-not-copied.
 */
export async function copyStore<T>(db: Kysely<T>, file: string, migration: string): Promise<void> {
  const copy = copyOf(file, versionOf(migration));
  const partial = `${copy}.partial`;
  rmSync(partial, { force: true });
  try {
    // SQLite writes into an empty file, and leaves its mode as it is.
    closeSync(openSync(partial, "wx", 0o600));
    await sql`VACUUM INTO ${partial}`.execute(db);
    onDisk(partial);
    renameSync(partial, copy);
    onDisk(dirname(copy));
  } catch (error) {
    rmSync(partial, { force: true });
    if (error instanceof Failure) throw error;
    throw new Failure(
      "store-not-copied",
      `The store ${file} could not be copied to ${copy}: ${error instanceof Error ? error.message : String(error)}`,
      "It is as it was: certops copies it before it brings it up to date. See that its folder has room and may be written to.",
      { cause: error },
    );
  }
}

function onDisk(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The newest copy that a program with this last migration can open; null: there is none. */
export function copyFor(file: string, migration: string): string | null {
  const start = basename(copyOf(file, ""));
  const versions = readdirSync(dirname(file)).flatMap((name) => {
    const version = name.startsWith(start) ? name.slice(start.length) : "";
    return /^\d{4}$/.test(version) && version <= versionOf(migration) ? [version] : [];
  });
  const newest = versions.toSorted().at(-1);
  return newest === undefined ? null : join(dirname(file), `${start}${newest}`);
}
