import { describe, expect, test } from "vitest";
import {
  expiringFrom,
  isExpired,
  isExpiring,
  parseWindow,
  remainingShare,
  tellWindow,
  type Window,
} from "../../bot/domain/expiry.ts";

const day = 86_400_000;

describe("a window", () => {
  test.each<[string, Window | null]>([
    ["30d", { kind: "within", ms: 30 * day }],
    ["90s", { kind: "within", ms: 90_000 }],
    ["20%", { kind: "share", share: 0.2 }],
    ["0.5%", { kind: "share", share: 0.005 }],
    ["30", null],
    ["0d", null],
    ["-1d", null],
    ["100%", null],
    ["0%", null],
    ["30days", null],
    ["1e3d", null],
    ["", null],
  ])("%s", (text, window) => {
    expect(parseWindow(text)).toEqual(window);
  });

  test("is told to a person", () => {
    expect(tellWindow({ kind: "within", ms: 30 * day })).toBe("within 30 d");
    expect(tellWindow({ kind: "share", share: 0.07 })).toBe("with at most 7 % of life left");
  });
});

describe("the end of a life", () => {
  const life = { notBefore: 0, notAfter: 100_000 };
  const fifth: Window = { kind: "share", share: 0.2 };

  test.each([
    [79_999, false, false, 0.20001],
    [80_000, true, false, 0.2],
    [99_999, true, false, 0.00001],
    [100_000, false, true, 0],
    [100_001, false, true, 0],
  ])("at %i ms", (now, expiring, expired, share) => {
    expect(isExpiring(life, fifth, now)).toBe(expiring);
    expect(isExpired(life, now)).toBe(expired);
    expect(remainingShare(life, now)).toBeCloseTo(share, 9);
  });

  test("a share means the same for two minutes and for two years", () => {
    for (const span of [120_000, 730 * day]) {
      const long = { notBefore: 5, notAfter: 5 + span };
      expect(isExpiring(long, fifth, 5 + span * 0.79)).toBe(false);
      expect(isExpiring(long, fifth, 5 + span * 0.81)).toBe(true);
    }
  });

  test("one that never lived is over", () => {
    expect(remainingShare({ notBefore: 10, notAfter: 10 }, 5)).toBe(0);
  });

  test("whatever the life, the window and the moment: expiring begins once, and ends when it has expired", () => {
    const random = generator(7);
    for (let run = 0; run < 2_000; run += 1) {
      const span = 1 + Math.floor(random() * 800 * day);
      const notBefore = Math.floor(random() * 1e12);
      const some = { notBefore, notAfter: notBefore + span };
      const window: Window =
        random() < 0.5
          ? { kind: "share", share: 0.001 + random() * 0.998 }
          : { kind: "within", ms: 1 + Math.floor(random() * 400 * day) };
      const now = notBefore + Math.floor((random() * 3 - 1) * span);
      const from = expiringFrom(some, window);
      expect(from).toBeLessThanOrEqual(some.notAfter);
      expect(isExpiring(some, window, now)).toBe(now >= from && now < some.notAfter);
      expect(isExpiring(some, window, now) && isExpired(some, now)).toBe(false);
      expect([isExpiring(some, window, some.notAfter), isExpired(some, some.notAfter)]).toEqual([false, true]);
    }
  });
});

/** The same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
