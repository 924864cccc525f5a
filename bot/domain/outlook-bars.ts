import type { Mark, Outlook } from "./outlook.ts";

/** How many certificates end within what time, by how they are. */
export interface OutlookBars {
  categories: string[];
  /** A value for each category; every state, so that each keeps its colour from one week to the next. */
  series: { state: Mark["state"]; values: number[] }[];
}

const [hour, day] = [3_600_000, 86_400_000];

/** Each holds what ends later than the one before it. */
const spans: { label: string; ms: number }[] = [
  { label: "ended", ms: 0 },
  { label: "1 hour", ms: hour },
  { label: "1 day", ms: day },
  { label: "1 week", ms: 7 * day },
  { label: "30 days", ms: 30 * day },
  { label: "90 days", ms: 90 * day },
  { label: "1 year", ms: 365 * day },
  { label: "later", ms: Number.POSITIVE_INFINITY },
];

const states = ["fine", "near", "expired", "silent"] as const;

/** null where nothing ends. What ends together counts as the worst of it does, as in the picture. */
export function outlookBars({ lanes, at }: Pick<Outlook, "lanes" | "at">): OutlookBars | null {
  const marks = lanes.flatMap((lane) => lane.marks);
  const place = ({ notAfter }: Mark) => spans.findIndex(({ ms }) => notAfter - at <= ms);
  const [first, last] = [Math.min(...marks.map(place)), Math.max(...marks.map(place))];
  if (marks.length === 0) return null;
  const shown = spans.slice(first, last + 1);
  const valuesOf = (state: Mark["state"]) =>
    shown.map((_, index) =>
      marks
        .filter((mark) => mark.state === state && place(mark) === first + index)
        .reduce((sum, { count }) => sum + count, 0),
    );
  return {
    categories: shown.map(({ label }) => label),
    series: states.map((state) => ({ state, values: valuesOf(state) })),
  };
}
