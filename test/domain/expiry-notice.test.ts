import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../../bot/domain/expiry.ts";
import { crossings, type ExpiryNotice, noticeSteps, type StandingNotice } from "../../bot/domain/expiry-notice.ts";
import { crossedBy, type Ending, type Subject } from "../../bot/domain/expiry-subject.ts";
import { readSnooze, type Snooze } from "../../bot/domain/snooze.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;
const thresholds: Window[] = [
  { kind: "within", ms: 30 * day },
  { kind: "within", ms: 7 * day },
  { kind: "share", share: 0.1 },
];

const ending = (lifeDays: number, leftDays: number, changes: Partial<Ending> = {}): Ending => ({
  where: "a-1",
  serial: "aa",
  notBefore: t0 - (lifeDays - leftDays) * day,
  notAfter: t0 + leftDays * day,
  unreachedSince: null,
  ...changes,
});

describe("the thresholds that were crossed", () => {
  test.each([
    ["a long life, by days and by share", ending(365, 29), ["10 %", "30 d"]],
    ["47 days, where 30 days would be most of them", ending(47, 20), []],
    ["47 days, by the nearer number and the share", ending(47, 4.6), ["7 d", "10 %"]],
    ["two minutes, by share alone", ending(2 / 1440, 0.1 / 1440), []],
    ["one without a known beginning, by days alone", ending(1, 6, { notBefore: null }), ["30 d", "7 d"]],
    ["what is over, in the end", ending(90, -1), ["30 d", "10 %", "7 d", "expired"]],
  ])("%s", (_, one, expected) => {
    expect(crossedBy(one, thresholds, t0)).toEqual(expected);
  });

  test("a crossing of this moment is left to automation for ten seconds", () => {
    const one = ending(90, 30);
    expect(crossedBy(one, thresholds, t0 + 9_999)).toEqual([]);
    expect(crossedBy(one, thresholds, t0 + 10_000)).toEqual(["30 d"]);
  });
});

/** One look at any time, at whatever is served then. */
const look = fc.record({
  forwardHours: fc.integer({ min: 0, max: 24 * 20 }),
  renews: fc.boolean(),
  snoozes: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 5 }),
});

test("whenever one looks: at most one stands, no threshold is told twice, none stands of what is well", () => {
  fc.assert(
    fc.property(fc.array(look, { maxLength: 40 }), (looks) => {
      let now = t0;
      let serial = 0;
      let served = ending(90, 90);
      let standing: StandingNotice[] = [];
      let snoozes: Snooze[] = [];
      let told: string[] = [];
      for (const { forwardHours, renews, snoozes: days } of looks) {
        now += forwardHours * 3_600_000;
        if (renews)
          served = { ...ending(90, 90), serial: `${(serial += 1)}`, notBefore: now, notAfter: now + 90 * day };
        if (days !== undefined)
          snoozes = [{ subject: "a", by: "U0ANA", reason: "r", at: now, until: now + days * day }];
        const subjects: Subject[] = [{ id: "a", kind: "service", owner: null, endings: [served] }];
        const crossing = crossings(subjects, thresholds, now);
        const around = new Map<string, Pick<ExpiryNotice, "blast" | "renewal">>();
        const before = { subjects, crossing, unsure: () => false, around, snoozes, now };
        for (const step of noticeSteps({ ...before, standing })) {
          if (step.act === "close") [standing, told] = [[], []];
          if (step.act === "redraw") standing = [{ ...step.standing, notice: step.notice }];
          if (step.act !== "tell") continue;
          const wakes = step.replaces?.notice.snooze != null;
          const news = step.notice.told.filter((threshold) => !told.includes(threshold));
          expect(news.length > 0 || wakes).toBe(true);
          expect(snoozes.some(({ until }) => until > now)).toBe(false);
          told = [...told, ...news];
          standing = [{ id: `a@${now}`, toldIn: `a@${now}`, version: 1, notice: step.notice }];
        }
        const isSnoozed = snoozes.some(({ until }) => until > now);
        const levels = standing.map(({ notice }) => notice.level);
        // While it is snoozed it may stand, or not yet; else it stands just when something is crossed.
        const right = crossing.map(({ crossed }) => crossed.at(-1) ?? "");
        expect(isSnoozed && levels.length === 0 ? right : levels).toEqual(right);
        // A second look at the same moment finds nothing to do.
        expect(noticeSteps({ ...before, standing })).toEqual([]);
      }
    }),
  );
});

test("once a snooze is over it is told anew, although nothing more was crossed", () => {
  const subjects: Subject[] = [{ id: "a", kind: "service", owner: null, endings: [ending(90, 20)] }];
  const crossing = crossings(subjects, thresholds, t0);
  const looked = (now: number, snoozes: Snooze[], standing: StandingNotice[]) =>
    noticeSteps({ subjects, crossing, unsure: () => false, around: new Map(), snoozes, standing, now });
  const [told] = looked(t0, [], []);
  if (told === undefined) throw new Error("nothing was told");
  const snooze: Snooze = { subject: "a", by: "U0ANA", reason: "r", at: t0, until: t0 + day };
  const [drawn, ...others] = looked(t0 + 1, [snooze], [{ id: "a@1", toldIn: "a@1", version: 1, notice: told.notice }]);
  expect([drawn?.act, others]).toEqual(["redraw", []]);
  if (drawn === undefined) throw new Error("it was not drawn again");
  const standing = [{ id: "a@1", toldIn: "a@1", version: 2, notice: drawn.notice }];
  expect(looked(snooze.until - 1, [snooze], standing)).toEqual([]);
  expect(looked(snooze.until, [snooze], standing)).toMatchObject([
    { act: "tell", notice: { snooze: null, told: told.notice.told }, replaces: { id: "a@1" } },
  ]);
});

describe("until when it is snoozed", () => {
  const until = (text: string) => {
    const read = readSnooze({ until: text, reason: "off on Friday" }, t0);
    return Array.isArray(read) ? read.map(({ field, code }) => `${field} ${code}`).join() : read.until - t0;
  };

  test.each([
    ["7d", 7 * day],
    [" 12H ", day / 2],
    ["2026-11-24", Date.UTC(2026, 10, 25) - t0],
    ["2026-11-22", "until over-already"],
    ["2026-11-31", "until bad-end"],
    ["tomorrow", "until bad-end"],
    ["", "until bad-end"],
    ["91d", "until too-long"],
  ])("%s", (text, expected) => {
    expect(until(text)).toBe(expected);
  });

  test("both that are wrong are told at once", () => {
    expect(readSnooze({ until: "x", reason: " " }, t0)).toMatchObject([{ field: "until" }, { field: "reason" }]);
  });
});

test("what is just being renewed is not told for the first time; what stands is told further", () => {
  const subjects: Subject[] = [{ id: "a", kind: "service", owner: null, endings: [ending(90, 20)] }];
  const looked = (now: number, standing: StandingNotice[], renewing = new Set(["a"])) => {
    const crossing = crossings(subjects, thresholds, now);
    return noticeSteps({
      subjects,
      crossing,
      unsure: () => false,
      around: new Map(),
      snoozes: [],
      renewing,
      standing,
      now,
    });
  };
  expect(looked(t0, [])).toEqual([]);
  const [told] = looked(t0, [], new Set());
  if (told === undefined) throw new Error("nothing was told");
  const standing = [{ id: "a@1", toldIn: "a@1", version: 1, notice: told.notice }];
  expect(looked(t0 + 15 * day, standing)).toMatchObject([{ act: "tell", notice: { level: "7 d" } }]);
});
