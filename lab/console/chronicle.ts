import type { LabStatus } from "../status.ts";
import type { TrafficSample } from "../traffic-count.ts";
import type { Swap, TrafficPoint, TrafficTotals } from "./frame.ts";
import { growth, nothingYet, plus, rate } from "./traffic-growth.ts";

const KEPT_MS = 5 * 60_000;
/** Rates span this many readings: a second is short enough to show one lost request, long enough not to flicker. */
const RATE_SPAN = 2;

/** What the console has seen of the lab: the last minutes, and what each instance serves. Times in epoch ms. */
export interface Chronicle {
  points: TrafficPoint[];
  swaps: Swap[];
  totals: TrafficTotals;
  /** The serial that each instance was last seen to serve. */
  serving: ReadonlyMap<string, string>;
  /** When a serial was first seen, for as long as it is valid: a case puts the one from before back. */
  firstSeen: ReadonlyMap<string, { at: number; notAfter: number }>;
  readings: TrafficSample[];
}

export interface Seen {
  at: number;
  /** null where the lab could not be asked. */
  status: LabStatus | null;
  sample: TrafficSample | null;
}

export const blank: Chronicle = {
  points: [],
  swaps: [],
  totals: nothingYet,
  serving: new Map(),
  firstSeen: new Map(),
  readings: [],
};

/** Writes down one look at the lab; `point` and `swaps` are what it added. */
export function record(chronicle: Chronicle, { at, status, sample }: Seen) {
  const recent = <T extends { at: number }>(list: T[]) => list.filter((entry) => entry.at > at - KEPT_MS);
  const swaps = status ? swapsIn(chronicle.serving, status, at) : [];
  const [first] = chronicle.readings;
  const last = chronicle.readings.at(-1);
  const point = sample && first ? rate(first, sample) : null;
  const next: Chronicle = {
    points: point ? recent([...chronicle.points, point]) : chronicle.points,
    swaps: recent([...chronicle.swaps, ...swaps]),
    totals: sample && last ? plus(chronicle.totals, growth(last, sample)) : chronicle.totals,
    serving: status ? servingNow(chronicle.serving, status) : chronicle.serving,
    firstSeen: status ? firstSeenBy(chronicle.firstSeen, status, at) : chronicle.firstSeen,
    readings: sample ? [...chronicle.readings, sample].slice(-RATE_SPAN) : chronicle.readings,
  };
  return { chronicle: next, point, swaps };
}

/** By instance, since when it was seen to serve what it serves now. */
export function sinceWhen({ serving, firstSeen }: Chronicle): Record<string, number> {
  return Object.fromEntries(
    [...serving].flatMap(([instance, serial]) => {
      const seen = firstSeen.get(serial);
      return seen ? [[instance, seen.at] as const] : [];
    }),
  );
}

/** The first sight of an instance is no swap. */
function swapsIn(serving: Chronicle["serving"], status: LabStatus, at: number): Swap[] {
  return status.instances.flatMap(({ instance, serial, generation }) => {
    const before = serving.get(instance);
    return serial !== null && before !== undefined && before !== serial ? [{ at, instance, serial, generation }] : [];
  });
}

/** An instance that cannot be asked for a while is not forgotten. */
function servingNow(serving: Chronicle["serving"], status: LabStatus): Chronicle["serving"] {
  const answering = status.instances.flatMap(({ instance, serial }) =>
    serial === null ? [] : [[instance, serial] as const],
  );
  return new Map([...serving, ...answering]);
}

function firstSeenBy(firstSeen: Chronicle["firstSeen"], status: LabStatus, at: number): Chronicle["firstSeen"] {
  const next = new Map([...firstSeen].filter(([, { notAfter }]) => notAfter > at));
  for (const { serial, notAfter } of status.instances) {
    if (serial !== null && notAfter !== null) next.set(serial, next.get(serial) ?? { at, notAfter });
  }
  return next;
}
