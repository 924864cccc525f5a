import { describe, expect, test } from "vitest";
import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { historyKeeper } from "../../bot/operations/forget-history.ts";
import type { Inventory } from "../../bot/operations/inventory.ts";
import { aCertificate, aLook } from "../support/inventory-fixtures.ts";
import { aStore, t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;
const one = aCertificate("one");
const two = aCertificate("two", { notBefore: t0 + 60_000, notAfter: t0 + 180_000, generation: "r-abcd2345" });
const ca = aCertificate("ca", { isCa: true, names: [], notAfter: t0 + 1_000 * day, subject: one.issuer });

async function anInventory(): Promise<Inventory> {
  return inventory((await aStore()).db);
}

const found = async (kept: Inventory, filter: Parameters<Inventory["certificates"]>[0]) =>
  (await kept.certificates(filter)).map(({ pem }) => pem.split("\n")[1]);

describe("what was seen", () => {
  test("comes back as it went in", async () => {
    const kept = await anInventory();
    await kept.saveObservation(aLook("service-a/a-1", one, { chain: [one.fingerprint, ca.fingerprint] }), [one, ca]);
    expect(await kept.certificate(one.fingerprint)).toEqual(one);
    expect(await kept.certificate(ca.fingerprint)).toEqual(ca);
    expect(await kept.certificate("0".repeat(64))).toBeNull();
    expect(await kept.certificates({ fingerprint: one.fingerprint })).toEqual([
      {
        ...one,
        servedAt: ["service-a/a-1"],
        sightings: [{ endpoint: "service-a/a-1", firstSeen: t0, lastSeen: t0, latest: true }],
        issuedAt: null,
        firstSeen: t0,
        lastSeen: t0,
      },
    ]);
    expect(await kept.observations()).toEqual([
      { ...aLook("service-a/a-1", one), chain: [one.fingerprint, ca.fingerprint], since: t0 },
    ]);
  });

  test("pairs each certificate with each endpoint, first and last", async () => {
    const kept = await anInventory();
    await kept.saveObservation(aLook("service-a/a-1", one), [one]);
    await kept.saveObservation(aLook("service-a/a-2", one, { at: t0 + 1 }), [one]);
    await kept.saveObservation(aLook("service-a/a-1", one, { at: t0 + 5 }), [one]);
    await kept.saveObservation(aLook("service-a/a-1", two, { at: t0 + 9 }), [two]);
    const [fresh, old] = await kept.certificates({});
    expect(old).toMatchObject({
      servedAt: ["service-a/a-2"],
      sightings: [
        { endpoint: "service-a/a-1", firstSeen: t0, lastSeen: t0 + 5, latest: false },
        { endpoint: "service-a/a-2", firstSeen: t0 + 1, lastSeen: t0 + 1, latest: true },
      ],
      firstSeen: t0,
      lastSeen: t0 + 5,
    });
    expect(fresh).toMatchObject({ servedAt: ["service-a/a-1"], firstSeen: t0 + 9 });
  });

  test("tells since when an endpoint has been as it is", async () => {
    const kept = await anInventory();
    const expired = { problem: handshakeProblem("CERT_HAS_EXPIRED") };
    const since = async (...look: Parameters<typeof aLook>) => {
      await kept.saveObservation(aLook(...look), look[1] ? [one] : []);
      return (await kept.observations())[0]?.since;
    };
    expect(await since("e", one, { at: t0 })).toBe(t0);
    expect(await since("e", one, { at: t0 + 1 })).toBe(t0);
    expect(await since("e", one, { at: t0 + 2, ...expired })).toBe(t0 + 2);
    expect(await since("e", one, { at: t0 + 3, ...expired })).toBe(t0 + 2);
    expect(await since("e", null, { at: t0 + 4 })).toBe(t0 + 4);
    expect(await since("e", null, { at: t0 + 5 })).toBe(t0 + 4);
    expect(await since("e", one, { at: t0 + 6 })).toBe(t0 + 6);
  });

  test("is not forgotten when its endpoint goes out of reach, but no longer served", async () => {
    const kept = await anInventory();
    await kept.saveObservation(aLook("e", one), [one]);
    await kept.saveObservation(aLook("e", null, { at: t0 + 1 }), []);
    expect(await kept.certificates({ inUse: { at: t0, names: [] } })).toMatchObject([
      { servedAt: [], sightings: [{ endpoint: "e", latest: true }] },
    ]);
  });

  test("late news do not overwrite later ones", async () => {
    const kept = await anInventory();
    await kept.saveObservation(aLook("e", two, { at: t0 + 9 }), [two]);
    await kept.saveObservation(aLook("e", one, { at: t0 + 3 }), [one]);
    expect(await kept.observations()).toMatchObject([{ fingerprint: two.fingerprint, at: t0 + 9 }]);
    expect(await kept.certificates({ fingerprint: one.fingerprint })).toMatchObject([{ servedAt: [], sightings: [] }]);
  });
});

describe("what was issued", () => {
  test("is known by its serial until it leaves Vault's list; the certificate stays", async () => {
    const kept = await anInventory();
    await kept.saveIssued([one, two], t0 + 7);
    await kept.saveIssued([one], t0 + 8);
    expect(await kept.knownSerials()).toEqual(new Set([one.serial, two.serial]));
    expect(await kept.certificates({ serial: one.serial })).toMatchObject([
      { issuedAt: t0 + 7, firstSeen: t0 + 7, lastSeen: t0 + 8 },
    ]);
    await kept.forgetSerials([one.serial]);
    expect(await kept.knownSerials()).toEqual(new Set([two.serial]));
    expect(await found(kept, {})).toEqual(["two", "one"]);
  });

  test("is joined with what was seen, whichever came first", async () => {
    const kept = await anInventory();
    await kept.saveObservation(aLook("e", one), [one]);
    await kept.saveIssued([one, two], t0 + 5);
    await kept.saveObservation(aLook("f", two, { at: t0 + 6 }), [two]);
    expect(await kept.certificates({})).toMatchObject([
      { issuedAt: t0 + 5, servedAt: ["f"], firstSeen: t0 + 5 },
      { issuedAt: t0 + 5, servedAt: ["e"], firstSeen: t0 },
    ]);
  });

  test("in thousands at once", async () => {
    const kept = await anInventory();
    const many = Array.from({ length: 3_000 }, (_, n) => aCertificate(`n${n}`, { names: [`h${n}.example.com`] }));
    await kept.saveIssued(many, t0);
    expect((await kept.knownSerials()).size).toBe(3_000);
    expect(await found(kept, { name: "h2999.example.com" })).toEqual(["n2999"]);
    await kept.forgetSerials(many.map(({ serial }) => serial));
    expect((await kept.knownSerials()).size).toBe(0);
  });
});

describe("a search", () => {
  async function searched(): Promise<Inventory> {
    const kept = await anInventory();
    await kept.saveIssued(
      [
        aCertificate("apex", { names: ["example.com"], notAfter: t0 + 3 * day }),
        aCertificate("a", { names: ["a.example.com", "A2.example.com"], notAfter: t0 + 2 * day }),
        aCertificate("deep", { names: ["x.a.example.com"], notAfter: t0 + day, generation: "r-abcd2345" }),
        aCertificate("lookalike", { names: ["notexample.com", "example.com.evil.org"] }),
      ],
      t0,
    );
    return kept;
  }

  test.each([
    ["by an exact name", { name: "a.example.com" }, ["a"]],
    ["whatever its case", { name: "a2.EXAMPLE.com" }, ["a"]],
    ["by a suffix, which is not the name itself nor a lookalike", { name: "*.example.com" }, ["a", "deep"]],
    ["by a deeper suffix", { name: "*.a.example.com" }, ["deep"]],
    ["by a name nobody has", { name: "b.example.com" }, []],
    ["by generation", { generation: "r-abcd2345" }, ["deep"]],
    ["by the beginning of its fingerprint", { fingerprint: Buffer.from("dee").toString("hex") }, ["deep"]],
    ["by two things at once", { name: "*.example.com", generation: "r-abcd2345" }, ["deep"]],
    ["no further than asked", { limit: 2 }, ["apex", "a"]],
    ["quotes and wildcards are only letters", { name: "%' OR 1=1 --" }, []],
  ])("%s", async (_, filter, names) => {
    expect(await found(await searched(), filter)).toEqual(names);
  });

  test("for what may be current leaves out what surely is history", async () => {
    const kept = await anInventory();
    const stray = aCertificate("stray", { notAfter: t0 + 100 });
    await kept.saveIssued([one, two, stray], t0);
    await kept.saveObservation(aLook("e", one, { chain: [one.fingerprint, ca.fingerprint] }), [one, ca]);
    await kept.saveObservation(aLook("e", two, { at: t0 + 1 }), [two]);
    const names = ["service-a.example.com"];
    expect(await found(kept, { inUse: { at: t0 + 99, names } })).toEqual(["ca", "two", "stray"]);
    expect(await found(kept, { inUse: { at: t0 + 99, names: [] } })).toEqual(["ca", "two"]);
    expect(await found(kept, { inUse: { at: t0 + 100, names } })).toEqual(["ca", "two"]);
  });
});

describe("forgetting", () => {
  test("takes history that is over and long unseen, and nothing else", async () => {
    const kept = await anInventory();
    const lasting = aCertificate("lasting", { notAfter: t0 + 90 * day });
    const latest = aCertificate("latest");
    await kept.saveObservation(aLook("e", one), [one]);
    await kept.saveObservation(aLook("e", lasting, { at: t0 + 1 }), [lasting]);
    await kept.saveObservation(aLook("e", two, { at: t0 + 2 }), [two]);
    await kept.saveObservation(aLook("e", latest, { at: t0 + 10 * day }), [latest]);
    await kept.saveIssued([aCertificate("stray")], t0);
    expect(await kept.forgetBefore(t0 + 60_000)).toBe(0);
    expect(await kept.forgetBefore(t0 + 9 * day)).toBe(3);
    // One that is still served stays, though it expired long ago; one that could still be used stays too.
    expect(await found(kept, {})).toEqual(["lasting", "latest"]);
    expect(await found(kept, { name: "service-a.example.com" })).toEqual(["lasting", "latest"]);
  });

  test.each([
    ["leaps", [0, 400 * day]],
    ["is ahead from the beginning", [400 * day, 400 * day]],
  ])("takes nothing by a clock that %s, and what is over by one that is right", async (_, ahead) => {
    const { db } = await aStore();
    const kept = inventory(db);
    await kept.saveObservation(aLook("e", one), [one]);
    await kept.saveObservation(aLook("e", two, { at: t0 + day }), [two]);
    const time = { now: t0 + day, passed: 7 };
    const needs = {
      inventory: kept,
      expiryNotices: expiryNotices(db),
      clock: () => time.now,
      passed: () => time.passed,
    };
    const forget = historyKeeper(needs, { keepMs: 90 * day });
    for (const leap of ahead) {
      time.now = t0 + day + leap;
      await forget();
      time.passed += 600_000;
      await kept.saveObservation(aLook("e", two, { at: time.now }), [two]);
    }
    expect(await found(kept, {})).toEqual(["two", "one"]);
    time.now = t0 + 92 * day;
    time.passed += 91 * day;
    await forget();
    expect(await found(kept, {})).toEqual(["two"]);
  });

  test("lets go of endpoints that are no longer looked at", async () => {
    const kept = await anInventory();
    await kept.saveObservation(aLook("gone", one), [one]);
    await kept.saveObservation(aLook("here", two, { at: t0 + 5 * day }), [two]);
    expect(await kept.forgetBefore(t0 + 2 * day)).toBe(1);
    expect((await kept.observations()).map(({ endpoint }) => endpoint)).toEqual(["here"]);
    expect(await found(kept, {})).toEqual(["two"]);
  });
});
