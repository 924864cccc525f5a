import { describe, expect, test } from "vitest";
import type { CertificateRecord } from "../../bot/domain/certificate.ts";
import { standings } from "../../bot/domain/lineage.ts";
import { aLookSince, anEstate, aRecord } from "../support/inventory-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const estate = anEstate();
const second = 1_000;
const seen = (endpoint: string, latest: boolean) => ({ endpoint, firstSeen: t0, lastSeen: t0, latest });

/** Issued at that moment, read from Vault's list a second later, never seen on the wire. */
const issued = (name: string, at: number, changes: Partial<CertificateRecord> = {}) =>
  aRecord(name, [], {
    notBefore: at,
    notAfter: at + 120_000,
    issuedAt: at + second,
    firstSeen: at + second,
    ...changes,
  });

const served = (name: string, endpoints: string[], at: number) =>
  aRecord(name, endpoints, { notBefore: at, notAfter: at + 120_000 });

function standing(of: CertificateRecord, others: CertificateRecord[] = [], now = t0 + 60 * second) {
  const looks = [aLookSince("service-a/a-1", of)];
  return standings([of, ...others], looks, estate, now).get(of.fingerprint);
}

describe("a certificate that is on the wire", () => {
  test("is served", () => {
    expect(standing(served("one", ["service-a/a-1"], t0))).toBe("served");
  });

  test("stays so while one of two instances still serves it", () => {
    const old = {
      ...served("old", ["service-a/a-2"], t0),
      sightings: [seen("service-a/a-1", false), seen("service-a/a-2", true)],
    };
    expect(standing(old, [served("new", ["service-a/a-1"], t0 + second)])).toBe("served");
  });

  test("is served also when it has expired", () => {
    expect(standing(served("one", ["service-a/a-1"], t0), [], t0 + 3_600_000)).toBe("served");
  });

  test("is what was last seen once its endpoint is out of reach, not history", () => {
    const lost = { ...served("one", [], t0), sightings: [seen("service-a/a-1", true)] };
    expect(standing(lost)).toBe("last-seen");
  });

  test("is history once its instance serves another, however long it is valid", () => {
    const old = { ...served("old", [], t0), notAfter: t0 + 1e10, sightings: [seen("service-a/a-1", false)] };
    expect(standing(old, [served("new", ["service-a/a-1"], t0 + second)])).toBe("history");
  });

  test("is history once its endpoint is no longer watched", () => {
    expect(standing(served("one", ["gone.example.com:443"], t0))).toBe("history");
  });
});

describe("a certificate that was issued for a service and never seen", () => {
  const both = ["service-a/a-1", "service-a/a-2"];

  test.each([
    ["just issued, its instances have a moment", t0 + 20 * second, t0 + 25 * second, "new"],
    ["still not served after that", t0 + 20 * second, t0 + 31 * second, "not-served"],
    ["at the very same second as what is served", t0, t0 + 60 * second, "history"],
    ["before what is served", t0 - second, t0 + 60 * second, "history"],
    ["and has expired", t0 + 20 * second, t0 + 200 * second, "history"],
  ])("%s", (_, at, now, expected) => {
    expect(standing(issued("stray", at), [served("current", both, t0)], now)).toBe(expected);
  });

  test("is overtaken only when every instance serves something later", () => {
    const stray = issued("stray", t0);
    const later = served("later", ["service-a/a-1"], t0 + second);
    expect(standing(stray, [later, served("earlier", ["service-a/a-2"], t0 - second)])).toBe("not-served");
    expect(standing(stray, [later])).toBe("not-served");
    expect(standing(stray, [later, served("later too", ["service-a/a-2"], t0 + second)])).toBe("history");
  });
});

describe("a certificate of a generation that a renewal has replaced", () => {
  const both = ["service-a/a-1", "service-a/a-2"];
  const superseded = new Map([["service-a", new Set(["g0"])]]);
  const stands = (generation: string, serves: string[]) => {
    const stray = issued("stray", t0 + 20 * second, { generation });
    const current = both.map((endpoint, index) => ({
      ...served(`current-${index}`, [endpoint], t0),
      generation: serves[index] ?? null,
    }));
    const looks = current.map((record, index) => aLookSince(both[index] ?? "", record));
    return standings([stray, ...current], looks, estate, t0 + 60 * second, superseded).get(stray.fingerprint);
  };

  test("is left over when its agent asks for one more", () => {
    expect(stands("g0", ["r-1", "r-1"])).toBe("history");
  });

  test.each([
    ["is what one instance still has to serve", "g0", ["r-1", "g0"]],
    ["the new one is no such", "r-1", ["r-1", "r-1"]],
    ["nor one that nobody knows", "by-hand", ["r-1", "r-1"]],
  ])("%s", (_, generation, serves) => {
    expect(stands(generation, serves)).toBe("not-served");
  });
});

describe("a certificate of no service", () => {
  const bot = { subject: "CN=certops-bot", names: [] };

  test("is unwatched until one that says the same was issued later", () => {
    expect(standing(issued("bot 1", t0, bot))).toBe("unwatched");
    expect(standing(issued("bot 1", t0, bot), [issued("bot 2", t0 + second, bot)])).toBe("history");
    expect(standing(issued("bot 1", t0, bot), [issued("other", t0 + second, { ...bot, subject: "CN=other" })])).toBe(
      "unwatched",
    );
  });

  test("no longer counts once it has expired", () => {
    expect(standing(issued("bot 1", t0, bot), [], t0 + 200 * second)).toBe("history");
  });
});

test("an authority counts as long as an endpoint presents it", () => {
  const ca = aRecord("ca", [], { isCa: true, names: [] });
  const leaf = served("leaf", ["service-a/a-1"], t0);
  const look = aLookSince("service-a/a-1", leaf, { chain: [leaf.fingerprint, ca.fingerprint] });
  expect(standings([ca, leaf], [look], estate, t0).get(ca.fingerprint)).toBe("served");
  expect(standings([ca, leaf], [aLookSince("service-a/a-1", leaf)], estate, t0).get(ca.fingerprint)).toBe("history");
});
