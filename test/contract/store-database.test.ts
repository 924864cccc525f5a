import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { describe, expect, test } from "vitest";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import { NodeSqliteDialect } from "../../bot/adapters/store/dialect.ts";
import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { migrations } from "../../bot/adapters/store/migrations.ts";
import { aCommit, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const database = new URL("../../bot/adapters/store/database.ts", import.meta.url).href;

/** Opens the store in a process of its own; what it says. */
function openElsewhere(file: string): string {
  const script = `
    const { openStore } = await import(${JSON.stringify(database)});
    try { await openStore(process.argv[1], Date.now); console.log("opened"); }
    catch (error) { console.log(error.code, error.message); }
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script, file], { encoding: "utf8" });
  return stdout.trim();
}

describe("one process", () => {
  test("a second one is refused, and told by whom", async () => {
    const { file } = await aStore();
    expect(openElsewhere(file)).toBe(`store-in-use The store ${file} is in use by process ${process.pid}.`);
  });

  test("a killed owner leaves no lock behind", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    const script = `
      const { openStore } = await import(${JSON.stringify(database)});
      await openStore(process.argv[1], Date.now);
      process.kill(process.pid, "SIGKILL");
    `;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script, file]);
    expect(signal).toBe("SIGKILL");
    expect(existsSync(`${file}.pid`)).toBe(true);
    await using store = await openStore(file, () => t0);
    expect(await store.requests.list({})).toEqual([]);
  });

  test("the file is for its owner alone", async () => {
    const { file } = await aStore();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe("durability", () => {
  test("every commit is on the disk before it counts", async () => {
    const { db } = await aStore();
    const { rows: journal } = await sql<{ journal_mode: string }>`PRAGMA journal_mode`.execute(db);
    const { rows: synchronous } = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(db);
    expect([journal[0]?.journal_mode, synchronous[0]?.synchronous]).toEqual(["wal", 2]);
  });

  test("a full disk loses nothing that was acknowledged, and says so", async () => {
    const store = await aStore();
    await store.requests.open(aRequest(), aCommit());
    const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(store.db);
    await sql.raw(`PRAGMA max_page_count = ${rows[0]?.page_count}`).execute(store.db);

    const large = aRequest({ id: "r-full2222", service: "service-b", reason: "x".repeat(20_000) });
    await expect(store.requests.open(large, aCommit("opened", large.id))).rejects.toMatchObject({
      code: "store-full",
      hint: expect.stringContaining("Free some space"),
    });

    await sql.raw("PRAGMA max_page_count = 1000000").execute(store.db);
    expect(await store.requests.find(large.id)).toBeNull();
    expect(await store.requests.find("r-abcd2345")).toEqual(aRequest());
    expect(await store.audit.verify()).toBeNull();
    expect(await store.requests.open(large, aCommit("opened", large.id))).toBe(true);
  });
});

describe("files that are no store", () => {
  test("a text file", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    writeFileSync(file, "not a database, but long enough to have what looks like a header".repeat(20));
    await expect(openStore(file, () => t0)).rejects.toMatchObject({ code: "store-not-a-database" });
  });

  test("a folder", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    mkdirSync(file);
    await expect(openStore(file, () => t0)).rejects.toMatchObject({ code: "store-unreachable" });
  });

  test("a folder that is missing", async () => {
    using folder = temporaryFolder();
    await expect(openStore(folder.file("no/certops.db"), () => t0)).rejects.toMatchObject({
      code: "store-unreachable",
    });
  });
});

describe("migrations", () => {
  const names = Object.keys(migrations);

  test("are numbered, each number once, in the order in which they run", () => {
    const numbers = names.map((name) => Number(name.slice(0, 4)));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(names).toEqual(names.toSorted());
  });

  async function storeUpTo(file: string, name: string) {
    const upToThere = Object.fromEntries(Object.entries(migrations).slice(0, names.indexOf(name) + 1));
    const old = new Kysely({ dialect: new NodeSqliteDialect(new DatabaseSync(file), file) });
    const { error } = await new Migrator({
      db: old,
      provider: { getMigrations: async () => upToThere },
    }).migrateToLatest();
    expect(error).toBeUndefined();
    return old;
  }

  test("a notice that was told before several shared a message stands in its own", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    const old = await storeUpTo(file, "0012-homes");
    await sql`INSERT INTO expiry_notices (id, subject, version, notice, message) VALUES
      ('a@1', 'a', 3, '{"subject":"a"}', '{"channel":"C0CERTS","ts":"1.0"}')`.execute(old);
    await old.destroy();
    await using store = await openStore(file, () => t0);
    const notices = expiryNotices(store.db.withTables());
    expect(await notices.standing()).toEqual([{ id: "a@1", toldIn: "a@1", version: 3, notice: { subject: "a" } }]);
    expect(await notices.toldIn("a@1")).toMatchObject({ message: { ts: "1.0" } });
  });

  test.each(names)("from %s on, what was written stays", async (name) => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    const old = await storeUpTo(file, name);
    await sql`INSERT INTO freezes (scope, kind, by, reason, at) VALUES ('*', 'freeze', 'U0ANA', 'old', 1)`.execute(old);
    await old.destroy();

    await using store = await openStore(file, () => t0);
    expect(await store.freezes.all()).toEqual([{ scope: "*", by: "U0ANA", reason: "old", at: 1, until: null }]);
  });

  test("one that fails half-way leaves nothing behind", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(new DatabaseSync(file), file) });
    const halfWay = {
      up: async (trx: Kysely<unknown>) => {
        await sql`CREATE TABLE half (way INTEGER) STRICT`.execute(trx);
        throw new Error("the power went");
      },
    };
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => ({ "0001-half-way": halfWay }) },
    }).migrateToLatest();
    expect(error).toMatchObject({ message: "the power went" });
    await expect(sql`SELECT * FROM half`.execute(db)).rejects.toThrow("no such table");
    await db.destroy();
  });

  const inTheFuture = (store: Pick<Store, "db">) =>
    sql`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-future', '')`.execute(store.db);

  test("a store of a newer program is refused, and left as it is", async () => {
    const store = await aStore();
    await inTheFuture(store);
    await store[Symbol.asyncDispose]();
    await expect(openStore(store.file, () => t0)).rejects.toMatchObject({
      code: "store-newer",
      hint: "Start that newer version: there is no copy from before the upgrade.",
    });
    expect(readdirSync(dirname(store.file)).filter((name) => name.includes("schema"))).toEqual([]);
  });

  test("a store is copied before a newer program brings it up to date, and to that copy one may go back", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    const copy = `${file}.schema-0012`;
    const old = await storeUpTo(file, "0012-homes");
    const frozenBy = (name: string) =>
      sql`INSERT INTO freezes (scope, kind, by, reason, at) VALUES (${name}, 'freeze', ${name}, '', 1)`;
    await frozenBy("U0OLD").execute(old);
    await old.destroy();
    // Of an upgrade before, after which somebody went back.
    writeFileSync(copy, "stale");

    {
      await using store = await openStore(file, () => t0);
      await frozenBy("U0NEW").execute(store.db);
    }
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const written = statSync(copy).mtimeMs;
    {
      await using store = await openStore(file, () => t0);
      await inTheFuture(store);
    }
    expect(statSync(copy).mtimeMs).toBe(written);
    expect(readdirSync(dirname(file)).toSorted()).toEqual(["certops.db", "certops.db.schema-0012"]);

    await expect(openStore(file, () => t0)).rejects.toMatchObject({
      hint: `Start that newer version; or, without what was written since the upgrade, move ${file} and ${file}-wal away and rename ${copy} to ${file}.`,
    });
    renameSync(copy, file);
    await using back = await openStore(file, () => t0);
    expect((await back.freezes.all()).map(({ by }) => by)).toEqual(["U0OLD"]);
  });

  test("a store that cannot be copied is not brought up to date", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    await (await storeUpTo(file, "0012-homes")).destroy();
    mkdirSync(`${file}.schema-0012`);
    await expect(openStore(file, () => t0)).rejects.toMatchObject({ code: "store-not-copied" });
    expect(existsSync(`${file}.schema-0012.partial`)).toBe(false);
    using left = new DatabaseSync(file);
    expect(left.prepare("SELECT max(name) AS last FROM kysely_migration").get()).toEqual({ last: "0012-homes" });
  });
});
