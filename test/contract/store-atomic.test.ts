import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type Database, openStore, type Store } from "../../bot/adapters/store/database.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { keptPasskeys } from "../../bot/adapters/store/passkeys.ts";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import type { PasskeyLink } from "../../bot/domain/passkey-link.ts";
import type { Passkey } from "../../bot/domain/passkey.ts";
import { nothingProven } from "../../bot/domain/rollout.ts";
import { aCommit, approve, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";

const id = "r-abcd2345";
const byAna = { scope: "service-a", by: "U0ANA", reason: "audit week", at: t0 };
const byCase = { ...byAna, by: "lab", until: t0 + 60_000 };

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

type Change = [
  what: string,
  of: { prepare?: (store: Store) => Promise<unknown>; change: (store: Store) => Promise<unknown> },
];

const pending = (store: Store) => store.requests.open(aRequest(), aCommit("opened"));
const claimed = async (store: Store) => {
  await approve(store);
  await store.jobs.claim("bot", t0, 1_000);
};
const due = (store: Store) => schedules(store.db).due({ name: "digest", expression: "daily" }, t0, t0);

const passkeys = ({ db }: Store) => keptPasskeys(db.withTables());
const passkey: Passkey = {
  id: "credential",
  user: "U0ANA",
  publicKey: "key",
  counter: 0,
  transports: [],
  rpId: "localhost",
  enrolledAt: t0,
  enrolledBy: "operator:root",
  usedAt: null,
  withdrawnAt: null,
  withdrawnBy: null,
};
const link: PasskeyLink = {
  purpose: "enrol",
  by: "U0ANA",
  user: "U0ANA",
  hash: "hash",
  nonce: "nonce",
  createdAt: t0,
  expiresAt: t0 + 1,
  usedAt: null,
};

/** What is told to somebody besides. */
const told: Change[] = [
  ["passkeys.add", { change: (store) => passkeys(store).add(passkey, aCommit("added", "U0ANA")) }],
  [
    "passkeys.withdraw",
    {
      prepare: (store) => passkeys(store).add(passkey, aCommit("added", "U0ANA")),
      change: (store) => passkeys(store).withdraw(passkey.id, { at: t0, by: "U0ANA" }, aCommit("withdrawn", "U0ANA")),
    },
  ],
  [
    "passkeys.keepLink",
    {
      change: async (store) => {
        await passkeys(store).keepLink(link, aCommit("asked", "U0ANA"));
        return true;
      },
    },
  ],
  ["requests.open", { change: pending }],
  [
    "requests.open with a job",
    { change: (store) => store.requests.open(aRequest({ state: "approved" }), { ...aCommit("opened"), job: true }) },
  ],
  [
    "requests.move",
    {
      prepare: pending,
      change: (store) => store.requests.move(id, ["pending"], { state: "denied" }, aCommit("denied")),
    },
  ],
  [
    "requests.move with a job",
    {
      prepare: pending,
      change: (store) =>
        store.requests.move(id, ["pending"], { state: "approved" }, { ...aCommit("approved"), job: true }),
    },
  ],
  [
    "jobs.finish",
    {
      prepare: claimed,
      change: (store) => store.jobs.finish(id, "bot", { state: "deployed", receipt: null }, aCommit("deployed")),
    },
  ],
  ["freezes.freeze", { change: (store) => store.freezes.freeze(byAna, aCommit("freeze")) }],
  [
    "freezes.thaw",
    {
      prepare: (store) => store.freezes.freeze(byAna, aCommit("freeze")),
      change: (store) => store.freezes.thaw("service-a", aCommit("thaw")),
    },
  ],
  ["freezes.hold", { change: (store) => store.freezes.hold(byCase, aCommit("hold")) }],
  [
    "freezes.release",
    {
      prepare: (store) => store.freezes.hold(byCase, aCommit("hold")),
      change: (store) => store.freezes.release("service-a", aCommit("release")),
    },
  ],
  ["notices.raise", { change: (store) => notices(store.db).raise("vault", t0, aCommit("raised")) }],
  [
    "notices.settle",
    {
      prepare: (store) => notices(store.db).raise("vault", t0, aCommit("raised")),
      change: (store) => notices(store.db).settle("vault", aCommit("settled")),
    },
  ],
  [
    "schedules.claim",
    { prepare: due, change: (store) => schedules(store.db).claim("digest", t0, t0 + 1, aCommit("sent")) },
  ],
  [
    "audit.append",
    { change: ({ audit }) => audit.append(aCommit("noted").audit, aCommit("noted").outbox).then(() => true) },
  ],
];

/** What nobody is told of by itself. */
const noted: Change[] = [
  [
    "jobs.advance",
    {
      prepare: claimed,
      change: (store) =>
        store.jobs.advance(
          id,
          "bot",
          { step: "written", data: {}, progress: nothingProven },
          aCommit("job.written").audit,
        ),
    },
  ],
  [
    "passkeys.use",
    {
      prepare: async (store) => {
        await passkeys(store).add(passkey, aCommit("added", "U0ANA"));
        await passkeys(store).keepLink(link, aCommit("asked", "U0ANA"));
      },
      change: (store) =>
        passkeys(store).use(link.hash, aCommit("used", "U0ANA").audit, { passkey, counter: passkey.counter + 1 }),
    },
  ],
  ["schedules.due", { change: due }],
];

describe("a change, its audit row and what is told of it commit together", () => {
  test.each([...told, ...noted])("%s", async (what, { prepare, change }) => {
    const isTold = told.some(([one]) => one === what);
    const store = await aStore();
    await prepare?.(store);
    const before = await everything(store.db);
    for (const table of isTold ? ["outbox", "audit"] : ["audit"]) {
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
const looks = ["find", "list", "count", "link", "about", "log", "head", "verify", "all", "since", "waiting"];
/** Who works on what, and where its message stands: the store's own bookkeeping. */
const bookkeeping = [
  "requests.placed",
  "jobs.claim",
  "jobs.keep",
  "jobs.release",
  "outbox.claim",
  "outbox.unclear",
  "outbox.done",
  "outbox.retry",
];

test("every way to write into the store is one of these", async () => {
  const store = await aStore();
  const ports = {
    requests: store.requests,
    jobs: store.jobs,
    freezes: store.freezes,
    audit: store.audit,
    outbox: store.outbox,
    notices: notices(store.db),
    schedules: schedules(store.db),
    passkeys: passkeys(store),
  };
  const shown = new Set([...told, ...noted].map(([what]) => what.split(" ")[0]));
  const others = Object.entries(ports).flatMap(([port, methods]) =>
    Object.keys(methods).filter((method) => {
      const name = `${port}.${method}`;
      return !shown.has(name) && !looks.includes(method) && !bookkeeping.includes(name);
    }),
  );
  expect(others).toEqual([]);
});
