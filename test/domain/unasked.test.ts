import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lapsed } from "../../bot/domain/approval.ts";
import type { Window } from "../../bot/domain/expiry.ts";
import type { Ending } from "../../bot/domain/expiry-subject.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { lateOf, unaskedRenewal } from "../../bot/domain/unasked.ts";
import { aRequest, t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;
const thresholds: Window[] = [
  { kind: "within", ms: 30 * day },
  { kind: "within", ms: 7 * day },
  { kind: "share", share: 0.05 },
];
const service = { name: "service-a", renewBefore: 0.3 };

const ending = (leftDays: number, changes: Partial<Ending> = {}): Ending => ({
  where: "a-1",
  serial: "aa",
  notBefore: t0 - (90 - leftDays) * day,
  notAfter: t0 + leftDays * day,
  unreachedSince: null,
  ...changes,
});
const lateAt = (endings: Ending[], lookedAt: number | null = t0) =>
  lateOf(service, endings, { thresholds, lookedAt: () => lookedAt });

describe("what its automation ought to have renewed", () => {
  test.each<[string, Ending[], { instance: string; level: string } | null]>([
    ["crossed nothing", [ending(40)], null],
    ["crossed a threshold before it was due", [ending(29)], null],
    ["is due, and crossed a threshold", [ending(26)], { instance: "a-1", level: "30 d" }],
    ["crossed two, the last", [ending(6)], { instance: "a-1", level: "7 d" }],
    ["has expired", [ending(-1)], { instance: "a-1", level: "expired" }],
    ["cannot be reached", [ending(6, { unreachedSince: t0 - day })], null],
    [
      "is one of several, the nearest to its end",
      [ending(8, { where: "a-2" }), ending(6)],
      { instance: "a-1", level: "7 d" },
    ],
    [
      "is one of several, and the others are renewed",
      [ending(80), ending(6, { where: "a-2" })],
      { instance: "a-2", level: "7 d" },
    ],
  ])("%s", (_, endings, expected) => {
    const late = lateAt(endings);
    expect(late).toEqual(expected && { ...expected, serial: "aa" });
  });

  test("is judged by the last look: an agent may have renewed it since then", () => {
    const crossed = t0 - 83 * day + 7_000;
    expect(lateAt([ending(6)], null)).toBeNull();
    expect(lateAt([ending(7)], t0 + 5_000)).toMatchObject({ level: "30 d" });
    expect(lateAt([ending(7)], t0 + 10_000)).toMatchObject({ level: "7 d" });
    expect(lateAt([ending(7)], crossed)).toBeNull();
  });

  test("a leaf of two minutes whose agent renews in time is never late", () => {
    const leaf = { ...ending(0), notBefore: t0, notAfter: t0 + 120_000 };
    for (let at = t0; at < t0 + 106_000; at += 1_000) {
      expect(
        lateOf({ renewBefore: 0.2 }, [leaf], { thresholds: [{ kind: "share", share: 0.04 }], lookedAt: () => at }),
      ).toBeNull();
    }
  });
});

const late = { instance: "a-1", serial: "aa", level: "7 d" };
const asked = (before: RenewalRequest[] = [], now = t0) => unaskedRenewal(service, late, before, now);
const policy = { requester: "certops", decidedBy: "policy:production" };

describe("what is asked for", () => {
  const first = asked()?.id ?? "";

  test("once for a certificate and a threshold, by an id that comes from them", () => {
    expect(first).toMatch(/^r-[a-z2-7]{8}$/);
    expect(asked()).toEqual({
      id: first,
      reason: "a-1 still serves a certificate with at most 7 d left: its own automation has not renewed it.",
      exceptions: [],
    });
    const others = [
      { ...late, serial: "bb" },
      { ...late, level: "5 %" },
    ].map((one) => unaskedRenewal(service, one, [], t0)?.id);
    expect(new Set([first, ...others]).size).toBe(3);
  });

  test.each<[string, Partial<RenewalRequest>, string[] | null]>([
    ["waits for people", { state: "pending" }, null],
    ["is under way", { ...policy, state: "approved" }, null],
    ["was denied", { state: "denied", decidedBy: "U0BEN" }, null],
    ["expired", { state: "expired" }, null],
    ["failed, as people had approved it", { state: "failed", decidedBy: "U0BEN" }, null],
    ["failed, as the policy had approved it", { ...policy, state: "failed" }, []],
    ["is not served, as the policy had approved it", { ...policy, state: "not-served" }, []],
    ["ended as void", { ...policy, state: "void" }, [`${first}, which certops asked for by itself, ended as void`]],
  ])("and where that one %s, once more or not at all", (_, changes, exceptions) => {
    const was = aRequest({ id: first, requester: "certops", ...changes });
    const again = asked([was]);
    expect(again?.exceptions ?? null).toEqual(exceptions);
    // And after that, whatever came of it, no more.
    expect(asked([aRequest({ id: again?.id ?? "r-other222", state: "denied" }), was])).toBeNull();
  });

  test("not while somebody's own request is open, and not twice within a day", () => {
    expect(asked([aRequest({ id: "r-other222", state: "pending" })])).toBeNull();
    const other = aRequest({ id: "r-other222", ...policy, state: "deployed" });
    expect(asked([other], t0 + day - 1)).toBeNull();
    expect(asked([other], t0 + day)).toMatchObject({ id: first });
  });
});

test("what people approved of it lapses as everything they approve does", () => {
  const request = aRequest({ requester: "certops", state: "approved", decidedBy: "U0BEN", decidedAt: t0 });
  expect(lapsed(request, t0 + request.approval.validMs - 1)).toBeNull();
  expect(lapsed(request, t0 + request.approval.validMs)).toContain("had lapsed");
});

test("whatever comes of them and whenever one looks: two for a certificate and a threshold, one of them by the policy alone", () => {
  const ends = fc.constantFrom("pending", "approved", "deployed", "failed", "not-served", "void", "expired", "denied");
  const look = fc.record({ hours: fc.integer({ min: 0, max: 60 }), end: ends, serial: fc.constantFrom("aa", "bb") });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 60 }), (looks) => {
      let now = t0;
      let before: RenewalRequest[] = [];
      const filed: string[] = [];
      for (const { hours, end, serial } of looks) {
        now += hours * 3_600_000;
        const unasked = unaskedRenewal(service, { ...late, serial }, before, now);
        if (unasked === null) {
          // Whatever is open comes to an end in time.
          before = before.map((one) =>
            one.state === "pending" || one.state === "approved" ? { ...one, state: end } : one,
          );
          continue;
        }
        filed.push(unasked.id);
        const byPolicy = unasked.exceptions.length === 0;
        before = [aRequest({ ...(byPolicy && policy), id: unasked.id, createdAt: now, state: end }), ...before];
      }
      expect(new Set(filed).size).toBe(filed.length);
      expect(filed.length).toBeLessThanOrEqual(4);
    }),
  );
});
