import { expect, test } from "vitest";
import { outlookOf, scaleOf } from "../../bot/domain/outlook.ts";
import type { Subject } from "../../bot/domain/expiry-subject.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;

const subject = (id: string, owner: string | null, lefts: number[], unreachedSince: number | null = null): Subject => ({
  id,
  kind: "service",
  owner,
  endings: lefts.map((left, index) => ({
    where: `${index}`,
    serial: "aa",
    notBefore: t0,
    notAfter: t0 + left * day,
    unreachedSince,
  })),
});

const near = { isNear: ({ notAfter }: { notAfter: number }) => notAfter - t0 < 7 * day, now: t0 };

test("a lane for each owner, the soonest first; what ends together is one mark, with the worst of them", () => {
  const outlook = outlookOf(
    [
      subject("late", "payments", [60, 61, 62, 200]),
      subject("soon", "shop", [6.9, 7.1, -1]),
      subject("silent", "payments", [61], t0),
    ],
    near,
  );
  expect(outlook).toMatchObject({
    lanes: [
      {
        name: "shop",
        marks: [
          { state: "expired", label: "soon/2" },
          { state: "near", count: 2, label: "soon/0" },
        ],
      },
      {
        name: "payments",
        marks: [
          { state: "silent", count: 4, label: "late/0" },
          { state: "fine", count: 1 },
        ],
      },
    ],
    counts: { expired: 1, near: 1, silent: 1, fine: 5 },
  });
});

test("the scale holds every mark, from minutes to years", () => {
  const scale = (...lefts: number[]) => scaleOf(outlookOf([subject("a", "a", lefts)], near));
  expect(scale(20)).toEqual({ from: day, to: 90 * day });
  expect(scale(2 / 1440)).toEqual({ from: 60_000, to: 90 * day });
  expect(scale(0.5, 3_000)).toEqual({ from: day / 4, to: 3_650 * day });
});
