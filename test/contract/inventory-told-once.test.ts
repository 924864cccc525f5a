import { describe, expect, test } from "vitest";
import { cron } from "../../bot/adapters/cron.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { digests as keptDigests } from "../../bot/adapters/store/digests.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import type { Certificate } from "../../bot/domain/certificate.ts";
import type { VaultHealth } from "../../bot/domain/vault-health.ts";
import { runDigest } from "../../bot/operations/run-digest.ts";
import { vaultWatch } from "../../bot/operations/watch-vault.ts";
import { aCertificate, aLook, anEstate } from "../support/inventory-fixtures.ts";
import { aCommit, aStore, t0 } from "../support/renewal-fixtures.ts";

const hour = 3_600_000;

/** Everything the outbox holds, in order, and off it. */
async function told(store: Awaited<ReturnType<typeof aStore>>) {
  const items = [];
  for (let item = await store.outbox.claim(1e15, 1_000); item; item = await store.outbox.claim(1e15, 1_000)) {
    items.push(item);
    await store.outbox.done(item.id);
  }
  return items;
}

describe("the digest", () => {
  const plan = {
    cron: "0 9 * * *",
    timezone: "Europe/Madrid",
    channel: "C0CERTS",
    channels: new Map([["payments", "C0PAYMENTS"]]),
    thresholds: [],
  };

  /** Runs due at every full hour. */
  async function digests() {
    const store = await aStore();
    const needs = {
      ...store,
      inventory: inventory(store.db),
      schedules: schedules(store.db),
      digests: keptDigests(store.db),
      snoozes: snoozes(store.db),
      nextAfter: (now: number) => (Math.floor(now / hour) + 1) * hour,
    };
    const at = (now: number, cronNow = plan.cron) =>
      runDigest({ ...needs, clock: () => now }, { ...plan, cron: cronNow }, { ...anEstate(), ground: [] });
    const see = (id: string, leaf: Certificate | null, now: number) =>
      needs.inventory.saveObservation(aLook(id, leaf, { at: now }), leaf === null ? [] : [leaf]);
    return { store, at, see, snoozes: needs.snoozes };
  }

  test("is sent when its time has come, once, with its audit row", async () => {
    const { store, at } = await digests();
    expect(await at(t0)).toBe(false);
    expect(await at(t0 + hour - 1)).toBe(false);
    expect(await at(t0 + hour)).toBe(true);
    expect(await at(t0 + hour + 1)).toBe(false);
    expect(await told(store)).toMatchObject([
      { kind: "digest", subject: "digest:C0CERTS", payload: { type: "digest", channel: "C0CERTS", at: t0 + hour } },
      { kind: "digest", payload: { channel: "C0PAYMENTS", counts: { watched: 2 } } },
    ]);
    expect(await store.audit.about("digest")).toMatchObject([
      { action: "schedule.set", at: t0, detail: { expression: "0 9 * * * Europe/Madrid", next: t0 + hour } },
      { action: "digest.sent", at: t0 + hour },
    ]);
  });

  test("of several at once one is sent", async () => {
    const { store, at } = await digests();
    await at(t0);
    const sent = await Promise.all(Array.from({ length: 8 }, () => at(t0 + hour)));
    expect(sent.filter(Boolean)).toHaveLength(1);
    expect(await told(store)).toHaveLength(2);
  });

  test("one that was slept through is made up for, once", async () => {
    const { store, at } = await digests();
    await at(t0);
    expect(await at(t0 + 30 * hour + 5)).toBe(true);
    expect(await at(t0 + 30 * hour + 6)).toBe(false);
    expect(await at(t0 + 31 * hour)).toBe(true);
    expect(await told(store)).toHaveLength(4);
  });

  test("tells each channel what changed there since its last one, and what ends before the next", async () => {
    const { store, at, see, snoozes: kept } = await digests();
    const leaf = aCertificate("leaf", { notBefore: t0 - 90 * hour, notAfter: t0 + 10 * hour });
    const both = async (now: number) => {
      await see("service-a/a-1", leaf, now);
      await see("service-b/b-1", null, t0 + 30 * 60_000);
      await at(now);
      return (await told(store)).filter(({ kind }) => kind === "digest").map(({ payload }) => payload);
    };
    await at(t0);
    const [general, payments] = await both(t0 + hour);
    expect(payments).toMatchObject({
      counts: { expiring: 1 },
      owners: [{ owner: "payments", lines: [{ state: "expiring" }] }],
    });
    expect(general).toMatchObject({
      owners: [],
      counts: { expiring: 0, silent: 3 },
      silent: [
        { since: null, count: 2 },
        { since: t0 + 30 * 60_000, count: 1, endpoints: ["service-b/b-1"], isNew: true },
      ],
    });
    const [same, nothing] = await both(t0 + 2 * hour);
    expect(nothing).toMatchObject({ owners: [], unchanged: 1, since: t0 + hour });
    expect(same).toMatchObject({ silent: [{ isNew: false }, { isNew: false }] });
    const [, due] = await both(t0 + 9 * hour);
    expect(due).toMatchObject({ owners: [{ lines: [{ endpoints: ["service-a/a-1"] }] }], unchanged: 0 });
    const snooze = { subject: "service-a", by: "U0ANA", reason: "off on Friday", at: t0, until: t0 + 99 * hour };
    await kept.set(snooze, aCommit("snoozed", "service-a"));
    const [, quiet] = await both(t0 + 10 * hour);
    expect(quiet).toMatchObject({ owners: [], snoozed: 1 });
    await see("service-a/a-1", { ...aCertificate("next"), notAfter: t0 + 999 * hour }, t0 + 11 * hour - 1);
    await at(t0 + 11 * hour);
    expect((await told(store))[1]?.payload).toMatchObject({
      resolved: ["service-a.example.com"],
      counts: { expired: 0 },
    });
  });

  test("a changed schedule begins anew", async () => {
    const { at } = await digests();
    await at(t0);
    expect(await at(t0 + 2 * hour, "0 10 * * *")).toBe(false);
    expect(await at(t0 + 3 * hour, "0 10 * * *")).toBe(true);
  });
});

describe("the clock of the digest", () => {
  test("ticks, and knows the next run by its time zone, daylight saving included", async () => {
    const ticked = Promise.withResolvers<void>();
    using timer = cron({ expression: "* * * * * *", timezone: "Europe/Madrid" }, ticked.resolve);
    await ticked.promise;
    const now = Date.now();
    expect(timer.nextAfter(now)).toBeGreaterThan(now);

    using daily = cron({ expression: "0 9 * * *", timezone: "Europe/Madrid" }, () => {});
    const next = new Date(daily.nextAfter(Date.now()));
    const there = new Intl.DateTimeFormat("en", { timeZone: "Europe/Madrid", hour: "numeric", hourCycle: "h23" });
    expect(there.format(next)).toBe("09");
  });
});

test("a notice is raised once and settled once, each with what it commits", async () => {
  const store = await aStore();
  const kept = notices(store.db);
  expect(await kept.settle("vault", aCommit("never", "vault"))).toBe(false);
  expect(await kept.raise("vault", t0, aCommit("raised", "vault"))).toBe(true);
  expect(await kept.raise("vault", t0 + 1, aCommit("raised again", "vault"))).toBe(false);
  expect(await kept.since("vault")).toBe(t0);
  const settled = await Promise.all([1, 2].map((n) => kept.settle("vault", aCommit(`settled ${n}`, "vault"))));
  expect(settled).toEqual([true, false]);
  expect(await kept.since("vault")).toBeNull();
  expect((await store.audit.about("vault")).map(({ action }) => action)).toEqual(["raised", "settled 1"]);
  expect((await told(store)).map(({ key }) => key)).toEqual(["vault:raised", "vault:settled 1"]);
});

describe("Vault out of order", () => {
  const ok: VaultHealth = { state: "ok", why: null };
  const sealed: VaultHealth = { state: "sealed", why: "It is sealed." };
  const down: VaultHealth = { state: "down", why: "Nothing listens there." };

  async function watching() {
    const store = await aStore();
    const kept = inventory(store.db);
    await kept.saveObservation(aLook("service-a/a-1", aCertificate("later")), [aCertificate("later")]);
    const first = aCertificate("first", { notAfter: t0 + 65_000 });
    await kept.saveObservation(aLook("service-a/a-2", first), [first]);
    let now = t0;
    let health = ok;
    const watch = () =>
      vaultWatch(
        { health: async () => health, inventory: kept, notices: notices(store.db), clock: () => now },
        anEstate(),
      );
    const looks = async (by: ReturnType<typeof watch>, ...seen: VaultHealth[]) => {
      for (const one of seen) {
        health = one;
        await by.look();
        now += 1_000;
      }
    };
    return { store, watch, looks };
  }

  test("is told with who runs out first and when, and told again when it is back", async () => {
    const { store, watch, looks } = await watching();
    await looks(watch(), ok, sealed, sealed, sealed, ok, ok);
    expect(await told(store)).toMatchObject([
      {
        kind: "alert",
        subject: "vault",
        payload: {
          type: "vault",
          state: "sealed",
          since: t0 + 1_000,
          why: "It is sealed.",
          first: { service: "service-a", instance: "a-2", notAfter: t0 + 65_000 },
        },
      },
      { kind: "notice", payload: { type: "vault", state: "back", since: t0 + 1_000, until: t0 + 4_000 } },
    ]);
    expect((await store.audit.about("vault")).map(({ action }) => action)).toEqual(["vault.sealed", "vault.back"]);
  });

  test("for one look is no outage", async () => {
    const { store, watch, looks } = await watching();
    await looks(watch(), down, ok, down, ok);
    expect(await told(store)).toEqual([]);
  });

  test("is one outage, whatever its kind and however often the bot is started again", async () => {
    const { store, watch, looks } = await watching();
    await looks(watch(), down, down, sealed);
    await looks(watch(), down, down, down);
    await looks(watch(), ok);
    await looks(watch(), down, down);
    expect((await told(store)).map(({ payload }) => payload.state)).toEqual(["down", "back", "down"]);
  });
});
