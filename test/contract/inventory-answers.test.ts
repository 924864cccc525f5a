import { describe, expect, test } from "vitest";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import type { Answer } from "../../bot/domain/answer.ts";
import type { Certificate } from "../../bot/domain/certificate.ts";
import { parseQuery } from "../../bot/domain/query.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { answerQuery } from "../../bot/operations/answer-query.ts";
import { observeEndpoints } from "../../bot/operations/observe-endpoints.ts";
import type { Probe } from "../../bot/operations/ports.ts";
import { aCertificate, aLook, anEstate } from "../support/inventory-fixtures.ts";
import { aCommit, anEndpoint, aRequest, approve, aStore, t0 } from "../support/renewal-fixtures.ts";

const now = t0 + 100_000;

async function asked() {
  const store = await aStore(() => now);
  const kept = inventory(store.db);
  const needs = { ...store, inventory: kept, clock: () => now };
  const ask = async (question: string): Promise<Answer> => {
    const query = parseQuery(question.split(" "));
    if (isRefusal(query)) throw new Error(query.message);
    const answer = await answerQuery(needs, { ...anEstate(), ground: [] }, query);
    if (isRefusal(answer)) throw new Error(answer.message);
    return answer;
  };
  return { store, kept, ask };
}

const serials = ({ rows }: Answer) => rows.map(({ certificate, standing }) => [certificate.serial, standing]);

describe("an answer from the store", () => {
  const old = aCertificate("old");
  const fresh = aCertificate("fresh", { notBefore: t0 + 90_000, notAfter: t0 + 210_000 });

  test("leaves replaced certificates out, unless one is asked for", async () => {
    const { kept, ask } = await asked();
    await kept.saveObservation(aLook("service-a/a-1", old), [old]);
    await kept.saveObservation(aLook("service-a/a-1", fresh, { at: now - 500 }), [fresh]);
    expect(serials(await ask("expiring 1h"))).toEqual([[fresh.serial, "served"]]);
    expect(serials(await ask("show service-a"))).toEqual([[fresh.serial, "served"]]);
    expect(serials(await ask(`serial ${old.serial}`))).toEqual([[old.serial, "history"]]);
    expect(serials(await ask(`show ${old.fingerprint.slice(0, 8)}`))).toEqual([[old.serial, "history"]]);
    expect((await ask("expiring")).asOf).toBe(now - 500);
  });

  test("finds a replaced certificate by its serial as receipts shorten it", async () => {
    const { kept, ask } = await asked();
    const long = aCertificate("long", { serial: "39:df:21:e2:00:11:22:7d:2e" });
    const other = aCertificate("other", { serial: "39:df:21:e2:00:11:22:7d:2f" });
    await kept.saveIssued([long, other], t0);
    for (const leaf of [long, fresh]) await kept.saveObservation(aLook("service-a/a-1", leaf, { at: now }), [leaf]);
    expect(serials(await ask("serial 39:df:21:e2…7d:2e"))).toEqual([[long.serial, "history"]]);
    expect((await ask("serial 39:DF:21:E2")).rows).toHaveLength(2);
  });

  test("calls the one more that an agent asked for after a renewal neither alarming nor served", async () => {
    const { store, kept, ask } = await asked();
    const [before, after] = [aCertificate("before"), { ...fresh, generation: "r-abcd2345" }];
    const evidence = [{ instance: "a-1", serial: before.serial, generation: "g0", notAfter: before.notAfter }];
    await approve(store, aRequest({ evidence }));
    await store.requests.move("r-abcd2345", ["approved"], { state: "deployed" }, aCommit("deployed"));
    for (const id of ["service-a/a-1", "service-a/a-2"])
      await kept.saveObservation(aLook(id, after, { at: now - 1_000 }), [after]);
    const stray = aCertificate("stray", { notBefore: now - 5_000, notAfter: now + 60_000 });
    await kept.saveIssued([stray], now - 20_000);
    expect(serials(await ask("show service-a"))).toEqual([[after.serial, "served"]]);
    expect(serials(await ask(`serial ${stray.serial}`))).toEqual([[stray.serial, "history"]]);
  });

  test("of a name that nothing bears any more tells what bore it last", async () => {
    const { kept, ask } = await asked();
    const gone = ["one", "two", "six", "ten"].map((name, index) =>
      aCertificate(name, { names: ["gone.example.com"], notAfter: t0 - 50_000 + index }),
    );
    await kept.saveIssued(gone, t0 - 60_000);
    expect(serials(await ask("host gone.example.com"))).toEqual(gone.slice(1).map(({ serial }) => [serial, "history"]));
  });

  test("says what is frozen and what is being renewed", async () => {
    const { store, kept, ask } = await asked();
    await kept.saveObservation(aLook("service-a/a-1", fresh, { at: now }), [fresh]);
    await approve(store);
    await store.freezes.freeze({ scope: "service-b", by: "U0ANA", reason: "audit", at: now }, aCommit("freeze", "b"));
    const answer = await ask("expiring 1h");
    expect(answer.frozen).toMatchObject([{ scope: "service-b", by: "U0ANA" }]);
    expect(answer.rows[0]?.conditions.find(({ type }) => type === "Issuing")).toMatchObject({
      status: "True",
      lastTransition: t0,
    });
  });

  test("of an empty store calls everything unknown", async () => {
    const answer = await (await asked()).ask("expiring");
    expect(answer).toMatchObject({ asOf: null, rows: [] });
    expect(answer.unknown.map(({ since }) => since)).toEqual([null, null, null, null, null]);
  });
});

test("observing looks at every endpoint once, no more at a time than allowed, and keeps what it saw", async () => {
  const kept = inventory((await aStore()).db);
  let [running, most] = [0, 0];
  const probe: Probe = async ({ id, instance }) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    const leaf = aCertificate(instance);
    return { observation: aLook(id, leaf), chain: [leaf] };
  };
  const endpoints = Array.from({ length: 7 }, (_, n) => anEndpoint(`i${n}`, { id: `host${n}:443` }));
  const seen = await observeEndpoints({ inventory: kept, probe }, endpoints, {
    deadlineMs: 1_000,
    concurrency: 3,
    isWatched: () => true,
  });
  expect(seen.map(({ endpoint }) => endpoint)).toEqual(endpoints.map(({ id }) => id));
  expect((await kept.observations()).map(({ endpoint }) => endpoint)).toEqual(endpoints.map(({ id }) => id));
  expect(most).toBe(3);
});

describe("among what nobody watches", () => {
  const lone = (name: string, changes: Partial<Certificate> = {}) =>
    aCertificate(name, { subject: `CN=${name}`, names: [name], notAfter: now + 90_000, ...changes });

  test("asking finds words anywhere, of names and issuers also by their beginning, and refuses what nobody bears", async () => {
    const { kept, ask } = await asked();
    const shop = lone("checkout-7.shop.example.com", { issuer: "CN=Old Corporate CA" });
    const other = lone("other.example.com");
    await kept.saveIssued([shop, other], t0);
    await kept.saveObservation(aLook("service-a/a-1", aCertificate("leaf"), { at: now }), [aCertificate("leaf")]);
    expect(serials(await ask("ask corpor CHECK"))).toEqual([[shop.serial, "unwatched"]]);
    expect(serials(await ask("ask shop.example"))).toEqual([[shop.serial, "unwatched"]]);
    expect(serials(await ask("ask payments"))).toEqual([[aCertificate("leaf").serial, "served"]]);
    expect((await ask("ask mail.example.com:465")).unknown).toMatchObject([{ endpoint: "mail.example.com:465" }]);
    await expect(ask("ask nobody")).rejects.toThrow("Nothing here has nobody");
    await expect(ask(`ask ") OR ("a`)).rejects.toThrow("Nothing here has");
  });

  test("only the newest that says the same counts, the soonest end comes first, and more than fits is said to be more", async () => {
    const { kept, ask } = await asked();
    const old = lone("old", { subject: "CN=shop", names: ["shop.example.com"], notBefore: t0 });
    const next = lone("next", { subject: "CN=shop", names: ["shop.example.com"], notBefore: t0 + 1_000 });
    const many = Array.from({ length: 250 }, (_, n) => lone(`n${n}.example.com`, { notAfter: now + 91_000 + n }));
    await kept.saveIssued([...many, old, next], t0);
    expect(serials(await ask("host shop.example.com"))[0]).toEqual([next.serial, "unwatched"]);
    const answer = await ask("expiring 1h");
    expect(answer.rows[0]?.certificate.serial).toBe(next.serial);
    expect(answer).toMatchObject({ more: true, rows: { length: 200 } });
    expect((await ask("expiring 95s")).more).toBe(true);
    expect((await ask("expiring 91s")).rows.map(({ certificate }) => certificate.serial)).toEqual([
      next.serial,
      many[0]?.serial,
    ]);
    expect((await ask("issuer certops")).more).toBe(true);
    expect((await ask("host shop.example.com")).more).toBe(false);
  });

  test("a share of each one's own life counts, however different they are", async () => {
    const { kept, ask } = await asked();
    const long = lone("long", { notBefore: now - 360 * 86_400_000, notAfter: now + 40 * 86_400_000 });
    const short = lone("short", { notBefore: now - 60_000, notAfter: now + 60_000 });
    await kept.saveIssued([long, short], now - 60_000);
    expect(serials(await ask("expiring 20%"))).toEqual([[long.serial, "unwatched"]]);
    expect(serials(await ask("expiring 60%")).map(([serial]) => serial)).toEqual([short.serial, long.serial]);
  });

  test("what was forgotten is no longer found", async () => {
    const { kept, ask } = await asked();
    await kept.saveIssued([lone("gone", { notAfter: t0 + 1 })], t0);
    await kept.forgetBefore(now);
    expect(await kept.lookUp({ words: ["gone"], limit: 5 })).toEqual({ records: [], isBeyond: false });
    await kept.saveIssued([lone("gone too")], t0);
    expect((await ask("ask gone")).rows).toHaveLength(1);
  });
});
