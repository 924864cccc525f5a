import type { Subject } from "./expiry-subject.ts";

/** What the weekly picture shows: everything that ends, by owner, on a scale of the time left. It travels as JSON. */
export interface Outlook {
  type: "outlook";
  at: number;
  /** The soonest end first. */
  lanes: Lane[];
  /** Owners that the picture has no room for. */
  more: number;
  counts: { expired: number; near: number; fine: number; silent: number };
}

export interface Lane {
  name: string;
  marks: Mark[];
}

/** Certificates of one lane that end at about the same time. */
export interface Mark {
  /** When the first of them ends. */
  notAfter: number;
  count: number;
  /** The worst of them. `silent`: out of reach, it is what was seen last. */
  state: "expired" | "near" | "silent" | "fine";
  /** Of the first of them. */
  label: string;
}

const lanesAtMost = 8;
/** So many places side by side for each tenfold of time. */
const placesPerTenfold = 8;
const order = ["fine", "silent", "near", "expired"] as const;

/** `isNear`: of which a threshold was crossed. */
export function outlookOf(
  subjects: Subject[],
  { isNear, now }: { isNear: (ending: Subject["endings"][number]) => boolean; now: number },
): Outlook {
  const marks = subjects.flatMap(({ id, kind, owner, endings }) =>
    endings.map((ending): Mark & { lane: string } => {
      const { notAfter, unreachedSince, where } = ending;
      const alive = unreachedSince !== null ? "silent" : isNear(ending) ? "near" : "fine";
      return {
        lane: kind === "ground" ? "certops itself" : (owner ?? "no owner"),
        notAfter,
        count: 1,
        state: notAfter <= now ? "expired" : alive,
        label: kind === "service" ? `${id}/${where}` : id,
      };
    }),
  );
  const lanes = [...Map.groupBy(marks, ({ lane }) => lane)]
    .map(([name, its]): Lane => ({ name, marks: together(its, now) }))
    .toSorted((a, b) => (a.marks[0]?.notAfter ?? 0) - (b.marks[0]?.notAfter ?? 0));
  const count = (state: Mark["state"]) => marks.filter((mark) => mark.state === state).length;
  return {
    type: "outlook",
    at: now,
    lanes: lanes.slice(0, lanesAtMost),
    more: Math.max(0, lanes.length - lanesAtMost),
    counts: { expired: count("expired"), near: count("near"), fine: count("fine"), silent: count("silent") },
  };
}

/** Those that would stand on one another as one mark. Soonest first. */
function together(marks: Mark[], now: number): Mark[] {
  const place = ({ notAfter }: Mark) =>
    notAfter <= now ? -1 : Math.round(Math.log10(Math.max(1_000, notAfter - now)) * placesPerTenfold);
  return [...Map.groupBy(marks, place).values()]
    .map((its): Mark => {
      const sorted = its.toSorted((a, b) => a.notAfter - b.notAfter);
      const worst = sorted.toSorted((a, b) => order.indexOf(b.state) - order.indexOf(a.state))[0]?.state ?? "fine";
      const { notAfter = now, label = "" } = sorted[0] ?? {};
      return { notAfter, count: its.length, state: worst, label };
    })
    .toSorted((a, b) => a.notAfter - b.notAfter);
}

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** The ticks of a scale of time left. */
export const ticks: { ms: number; label: string }[] = [
  { ms: minute, label: "1 min" },
  { ms: 10 * minute, label: "10 min" },
  { ms: hour, label: "1 hour" },
  { ms: 6 * hour, label: "6 hours" },
  { ms: day, label: "1 day" },
  { ms: 7 * day, label: "1 week" },
  { ms: 30 * day, label: "30 days" },
  { ms: 90 * day, label: "90 days" },
  { ms: 365 * day, label: "1 year" },
  { ms: 3_650 * day, label: "10 years" },
];

/** The part of the scale that all marks fall into: at least from a day to 90 days where nothing is nearer or farther. */
export function scaleOf({ lanes, at }: Pick<Outlook, "lanes" | "at">): { from: number; to: number } {
  const left = lanes.flatMap(({ marks }) => marks.map(({ notAfter }) => notAfter - at)).filter((ms) => ms > 0);
  const [least, most] = [Math.min(day, ...left), Math.max(90 * day, ...left)];
  return {
    from: ticks.findLast(({ ms }) => ms <= least)?.ms ?? minute,
    to: ticks.find(({ ms }) => ms >= most)?.ms ?? 3_650 * day,
  };
}
