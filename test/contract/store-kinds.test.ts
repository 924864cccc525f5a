import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { describe, expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import { NodeSqliteDialect } from "../../bot/adapters/store/dialect.ts";
import { migrations } from "../../bot/adapters/store/migrations.ts";
import { requestCounts } from "../../bot/adapters/store/request-counts.ts";
import { nothingProven } from "../../bot/domain/rollout.ts";
import { anIntention, pair } from "../support/intention-fixtures.ts";
import { aCommit, approve, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("requests of several kinds in one store", () => {
  test("come back as they were written", async () => {
    const { requests } = await aStore();
    await requests.open(anIntention(), aCommit("opened", "i-abcd2345"));
    expect(await requests.find("i-abcd2345")).toEqual(anIntention());
    expect(await requests.list({ kind: "renewal" })).toEqual([]);
    expect(await requests.list({ kind: "intention" })).toEqual([anIntention()]);
  });

  test("a pair has one open at a time; a renewal of its source, and the way back, are others", async () => {
    const { requests } = await aStore();
    const back = { source: "service-b", destination: "service-a", action: "deny", before: null } as const;
    const asked = await Promise.all([
      requests.open(anIntention(), aCommit("opened", "i-abcd2345")),
      requests.open(anIntention({ id: "i-again222" }), aCommit("opened", "i-again222")),
      requests.open(anIntention({ id: "i-back2222", plan: back }), aCommit("opened", "i-back2222")),
      requests.open(aRequest(), aCommit("opened")),
    ]);
    expect(asked).toEqual([true, false, true, true]);
    const touching = await requests.list({ touches: "service-a" });
    expect(touching.map(({ id }) => id).toSorted()).toEqual(["i-abcd2345", "i-back2222", "r-abcd2345"]);
    expect((await requests.list({ touches: "service-b" })).map(({ id }) => id)).not.toContain("r-abcd2345");
  });

  test.each(["service-a", "service-b", "*"])(
    "a freeze of %s stops an intention at every step before it begins",
    async (scope) => {
      const store = await aStore();
      const freeze = { scope, by: "U0ANA", reason: "audit", at: t0 };
      await approve(store, anIntention({ id: "i-queued22", plan: { ...pair, action: "deny", before: null } }));
      await store.freezes.freeze(freeze, aCommit("freeze", scope));
      expect(await store.jobs.claim("bot", t0, 1_000)).toBeNull();
      const back = { source: "service-b", destination: "service-a", action: "deny", before: null } as const;
      const other = anIntention({ id: "i-back2222", plan: back });
      expect(await store.requests.open(other, aCommit("opened", other.id))).toBe(false);
      await store.freezes.thaw(scope, aCommit("thaw", scope));
      await store.requests.open(other, aCommit("opened", other.id));
      await store.freezes.freeze(freeze, aCommit("freeze again", scope));
      const approval = { ...aCommit("approved", other.id), job: true };
      expect(await store.requests.move(other.id, ["pending"], { state: "approved" }, approval)).toBe(false);
      await store.freezes.thaw(scope, aCommit("thaw again", scope));
      expect(await store.jobs.claim("bot", t0, 1_000)).toMatchObject({ request: "i-queued22" });
    },
  );

  test("what has begun goes on in spite of a freeze of either service", async () => {
    const store = await aStore();
    await approve(store, anIntention());
    await store.jobs.claim("bot", t0, 1_000);
    const done = { step: "written", data: { startedAt: t0 }, progress: null };
    await store.jobs.advance("i-abcd2345", "bot", done, aCommit("job.written").audit);
    await store.jobs.release("i-abcd2345", "bot", t0);
    await store.freezes.freeze({ scope: "service-b", by: "U0ANA", reason: "audit", at: t0 }, aCommit("freeze"));
    expect(await store.jobs.claim("bot", t0, 1_000)).toMatchObject({ request: "i-abcd2345", data: { startedAt: t0 } });
  });

  test("are counted by kind and state", async () => {
    const store = await aStore();
    await approve(store, anIntention());
    await store.requests.open(aRequest(), aCommit("opened"));
    expect((await requestCounts(store.db)()).toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual([
      { kind: "intention", state: "approved", count: 1 },
      { kind: "renewal", state: "pending", count: 1 },
    ]);
  });
});

describe("a store from before there were kinds", () => {
  /** As the program before this one left it: one renewal at work, one asked for, one ended, and a command cut off. */
  async function oldStore(file: string): Promise<void> {
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < "0005"));
    const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(new DatabaseSync(file), file) });
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
    expect(error).toBeUndefined();
    const { plan, planHash, approval } = aRequest();
    const insert = (id: string, service: string, state: string, more: { decidedBy?: string; receipt?: object } = {}) =>
      sql`INSERT INTO requests VALUES (${id}, ${service}, 'U0ANA', 'rehearsal', ${JSON.stringify(plan)}, ${planHash}, '[]',
        ${JSON.stringify(approval)}, ${state}, ${t0}, ${t0 + 3_600_000}, ${more.decidedBy ?? null},
        ${more.decidedBy === undefined ? null : t0}, '{"channel":"C0CERTS","ts":"1.2"}',
        ${more.receipt === undefined ? null : JSON.stringify(more.receipt)})`.execute(db);
    await insert("r-working2", "service-a", "approved", { decidedBy: "U0BEN" });
    await insert("r-pending2", "service-b", "pending");
    await insert("r-ended222", "service-a", "not-served", { decidedBy: "U0BEN", receipt: { problem: "late" } });
    await sql`INSERT INTO jobs VALUES ('r-working2', 'service-a', 'written', '{"startedAt":1}',
      ${JSON.stringify({ ...nothingProven, tried: 7 })}, 1, ${t0}, 'bot-before', ${t0 + 30_000}, NULL)`.execute(db);
    await sql`INSERT INTO jobs VALUES ('r-ended222', 'service-a', 'written', 'null', 'null', 1, ${t0}, NULL, NULL, ${t0})`.execute(
      db,
    );
    await sql`INSERT INTO deliveries VALUES ('trigger_id:1', ${t0}, '{"kind":"command","user":"U0ANA","responseUrl":null,"text":"expired"}')`.execute(
      db,
    );
    await sql`INSERT INTO deliveries VALUES ('event_id:2', ${t0}, '{"kind":"home","user":"U0ANA"}')`.execute(db);
    await db.destroy();
  }

  test("its requests are renewals, and all that was known of them stays", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    await oldStore(file);
    await using store = await openStore(file, () => t0);
    const message = { channel: "C0CERTS", ts: "1.2" };
    const was = (id: string, service: string) => ({ ...aRequest({ id, service, message }), reason: "rehearsal" });
    expect(await store.requests.find("r-pending2")).toEqual(was("r-pending2", "service-b"));
    expect(await store.requests.find("r-ended222")).toEqual({
      ...was("r-ended222", "service-a"),
      state: "not-served",
      decidedBy: "U0BEN",
      decidedAt: t0,
      approvals: [{ user: "U0BEN", at: t0 }],
      receipt: { problem: "late" },
    });
    expect(await store.requests.list({ kind: "renewal", subject: "service-a" })).toHaveLength(2);
  });

  test("the job that was at work goes on from its step; the one that had ended does not", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    await oldStore(file);
    await using store = await openStore(file, () => t0);
    expect(await store.jobs.claim("bot", t0, 1_000)).toEqual({
      request: "r-working2",
      step: "written",
      data: { startedAt: 1 },
      progress: { ...nothingProven, tried: 7 },
      attempts: 2,
    });
    expect(await store.jobs.claim("bot", t0, 1_000)).toBeNull();
  });

  test("what kept two requests, and a case and a renewal, apart still does", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    await oldStore(file);
    await using store = await openStore(file, () => t0);
    expect(await store.requests.open(aRequest({ id: "r-second22" }), aCommit("opened", "r-second22"))).toBe(false);
    const hold = { scope: "service-a", by: "lab", reason: "case", at: t0, until: t0 + 1_000 };
    expect(await store.freezes.hold(hold, aCommit("hold", "service-a"))).toBe(false);
    expect(await store.freezes.hold({ ...hold, scope: "service-b" }, aCommit("hold", "service-b"))).toBe(true);
    const approval = { ...aCommit("approved", "r-pending2"), job: true };
    expect(await store.requests.move("r-pending2", ["pending"], { state: "approved" }, approval)).toBe(false);
    expect(await store.audit.verify()).toBeNull();
  });

  test("a command that was cut off was typed after /cert; nothing else is touched", async () => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    await oldStore(file);
    await using store = await openStore(file, () => t0);
    expect((await deliveries(store.db.withTables()).unfinished()).map(({ work }) => work)).toEqual([
      { kind: "home", user: "U0ANA" },
      { kind: "command", command: "/cert", user: "U0ANA", responseUrl: null, text: "expired" },
    ]);
  });
});
