import type { LabStatus } from "../status.ts";
import type { TrafficSample } from "../traffic-count.ts";
import type { Flow, RootChange, Swap, TrafficPoint, TrafficTotals } from "./frame.ts";
import { type Served, servedIn } from "./served.ts";
import { flows, growth, nothingYet, plus, rate } from "./traffic-growth.ts";

const KEPT_MS = 5 * 60_000;
/** Rates span this many readings: a second is short enough to show one lost request, long enough not to flicker. */
const RATE_SPAN = 2;
/** One source sends so little that its rate flickers over a second. */
const FLOW_SPAN = 4;

/** What the console has seen of the lab: the last minutes, and what each instance serves. Times in epoch ms. */
export interface Chronicle {
  points: TrafficPoint[];
  swaps: Swap[];
  rootChanges: RootChange[];
  totals: TrafficTotals;
  /** The serial that each instance and sidecar was last seen to serve. */
  serving: ReadonlyMap<string, string>;
  /** When a serial was first seen, for as long as it is valid: a case puts the one from before back. */
  firstSeen: ReadonlyMap<string, { at: number; notAfter: number }>;
  /** The mesh's active root as last seen. */
  root: string | null;
  readings: TrafficSample[];
}

export interface Seen {
  at: number;
  /** null where the lab could not be asked. */
  status: LabStatus | null;
  sample: TrafficSample | null;
}

/** What one look at the lab added. */
export interface Added {
  point: TrafficPoint | null;
  flows: Flow[];
  swaps: Swap[];
  rootChanges: RootChange[];
}

export const blank: Chronicle = {
  points: [],
  swaps: [],
  rootChanges: [],
  totals: nothingYet,
  serving: new Map(),
  firstSeen: new Map(),
  root: null,
  readings: [],
};

/** Writes down one look at the lab. */
export function record(chronicle: Chronicle, { at, status, sample }: Seen): Added & { chronicle: Chronicle } {
  const recent = <T extends { at: number }>(list: T[]) => list.filter((entry) => entry.at > at - KEPT_MS);
  const served = status ? servedIn(status) : [];
  const root = (status && activeRoot(status)) ?? chronicle.root;
  const { readings } = chronicle;
  const last = readings.at(-1);
  const [first] = readings;
  const before = readings.at(-RATE_SPAN) ?? first;
  const added: Added = {
    point: sample && before ? rate(before, sample) : null,
    flows: sample && first ? flows(first, sample) : [],
    swaps: swapsIn(chronicle.serving, served, at),
    rootChanges: root !== null && chronicle.root !== null && root !== chronicle.root ? [{ at, root }] : [],
  };
  const next: Chronicle = {
    points: added.point ? recent([...chronicle.points, added.point]) : chronicle.points,
    swaps: recent([...chronicle.swaps, ...added.swaps]),
    rootChanges: recent([...chronicle.rootChanges, ...added.rootChanges]),
    totals: sample && last ? plus(chronicle.totals, growth(last, sample)) : chronicle.totals,
    // An instance that cannot be asked for a while is not forgotten.
    serving: new Map([...chronicle.serving, ...served.map(({ instance, serial }) => [instance, serial] as const)]),
    firstSeen: firstSeenBy(chronicle.firstSeen, served, at),
    root,
    readings: sample ? [...readings, sample].slice(-FLOW_SPAN) : readings,
  };
  return { chronicle: next, ...added };
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
function swapsIn(serving: Chronicle["serving"], served: Served[], at: number): Swap[] {
  return served.flatMap(({ instance, serial, generation }) => {
    const before = serving.get(instance);
    return before !== undefined && before !== serial ? [{ at, instance, serial, generation }] : [];
  });
}

function firstSeenBy(firstSeen: Chronicle["firstSeen"], served: Served[], at: number): Chronicle["firstSeen"] {
  const next = new Map([...firstSeen].filter(([, { notAfter }]) => notAfter > at));
  for (const { serial, notAfter } of served) next.set(serial, next.get(serial) ?? { at, notAfter });
  return next;
}

const activeRoot = ({ mesh }: LabStatus): string | null => mesh?.ca.roots.find(({ active }) => active)?.id ?? null;
