import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type Database, openStore } from "../../bot/adapters/store/database.ts";
import { aCommit, aStore, t0 } from "../support/renewal-fixtures.ts";
import { byCase, claimed, noted, portsOf, told } from "../support/store-changes.ts";

/** Every table of the store but SQLite's and Kysely's own, as it stands. */
async function everything(db: Database): Promise<Record<string, unknown[]>> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM sqlite_master WHERE type = 'table'
    AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'kysely_%'`.execute(db);
  const tables: Record<string, unknown[]> = {};
  for (const { name } of rows) tables[name] = (await sql.raw(`SELECT * FROM ${name}`).execute(db)).rows;
  return tables;
}

/** From now on nothing can be written into that table. */
const cut = (db: Database, table: string) =>
  sql.raw(`CREATE TRIGGER cut BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'cut'); END`).execute(db);
const mend = (db: Database) => sql.raw("DROP TRIGGER cut").execute(db);

describe("a change, its audit row and what is told of it commit together", () => {
  test.each([...told, ...noted])("%s", async (what, { prepare, change, last = [] }) => {
    const isTold = told.some(([one]) => one === what);
    const store = await aStore();
    await prepare?.(store);
    const before = await everything(store.db);
    for (const table of [...(isTold ? ["outbox"] : []), "audit", ...last]) {
      await cut(store.db, table);
      await expect(change(store), `without the ${table}`).rejects.toThrow("cut");
      expect(await everything(store.db)).toEqual(before);
      await mend(store.db);
    }

    expect(await change(store)).toBe(true);
    const { audit, outbox } = await everything(store.db);
    expect(audit).toHaveLength((before["audit"]?.length ?? 0) + 1);
    expect(outbox).toHaveLength((before["outbox"]?.length ?? 0) + Number(isTold));
    expect(await store.audit.verify()).toBeNull();
  });

  test("a hold that lapsed is noted with what takes its place, or stays", async () => {
    const store = await aStore();
    await store.freezes.hold(byCase, aCommit("hold", "service-a"));
    const later = { ...byCase, at: byCase.until, until: byCase.until + 60_000 };
    await cut(store.db, "outbox");
    const before = await everything(store.db);
    await expect(store.freezes.hold(later, aCommit("hold again", "service-a"))).rejects.toThrow("cut");
    expect(await everything(store.db)).toEqual(before);
    await mend(store.db);
    expect(await store.freezes.hold(later, aCommit("hold again", "service-a"))).toBe(true);
    expect((await store.audit.about("service-a")).map(({ action }) => action)).toEqual([
      "hold",
      "hold.lapsed",
      "hold again",
    ]);
  });

  test("a store whose leases cannot be noted as cut off is not opened, and opened as it was afterwards", async () => {
    const store = await aStore();
    await claimed(store);
    await cut(store.db, "audit");
    await store[Symbol.asyncDispose]();
    await expect(openStore(store.file, () => t0)).rejects.toThrow("cut");
  });
});

/** Where no state of anything changes: nobody would be told of it. */
const looks = new Set([
  ...["find", "list", "count", "link", "about", "log", "head", "verify", "all", "since", "waiting"],
  ...["standing", "toldIn", "last", "unfinished"],
  ...["knownSerials", "certificates", "lookUp", "issuers", "observations", "certificate"],
]);

/** Who works on what, where its message stands, what was seen, and what is long over: the store's own bookkeeping. */
const bookkeeping = new Set([
  ...["requests.placed", "expiry-notices.placed", "expiry-notices.forgetBefore"],
  ...["jobs.claim", "jobs.keep", "jobs.release"],
  ...["outbox.claim", "outbox.unclear", "outbox.done", "outbox.retry"],
  ...["deliveries.first", "deliveries.done"],
  ...["homes.opened", "homes.change", "homes.drawn"],
  ...["inventory.saveObservation", "inventory.saveIssued", "inventory.forgetSerials", "inventory.forgetBefore"],
]);

/** What the ports are made of, and what makes the file. */
const noPorts = [
  ...["audit-file", "commit", "copies", "database", "dialect", "failure", "migrations", "tables"],
  ...["inventory-rows", "inventory-search", "inventory-tables", "request-counts", "request-services"],
];

describe("no way to write is left out", () => {
  test("every file of the store's folder is a port or no port", async () => {
    const files = readdirSync(resolve(import.meta.dirname, "../../bot/adapters/store"))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -".ts".length));
    expect(files.toSorted()).toEqual([...Object.keys(portsOf(await aStore())), ...noPorts].toSorted());
  });

  test("every way to write into the store is one of these", async () => {
    const shown = new Set([...told, ...noted].map(([what]) => what.split(" ")[0]));
    const ways = Object.entries(portsOf(await aStore())).flatMap(([port, methods]) =>
      Object.keys(methods)
        .filter((method) => !looks.has(method))
        .map((method) => `${port}.${method}`),
    );
    expect(ways.filter((way) => !shown.has(way) && !bookkeeping.has(way))).toEqual([]);
  });
});
