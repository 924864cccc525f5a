/** An endpoint of which nothing is known now: it may be well, and it may be down. */
export interface SilentEndpoint {
  endpoint: string;
  owner: string | null;
  why: string;
  /** null: it was never looked at. */
  since: number | null;
}

/** Endpoints that fell silent on the same day. */
export interface Silence {
  /** When the first of them did; null: they were never looked at. */
  since: number | null;
  count: number;
  /** Some of them by name, those first that are new. */
  endpoints: string[];
  isNew: boolean;
  /** Why the first of them is, in one sentence. */
  why: string;
}

const namedAtMost = 5;

/** The longest silence first, by the days of that time zone. */
export function silences(
  silent: SilentEndpoint[],
  { timezone, isNew }: { timezone: string; isNew: (one: SilentEndpoint) => boolean },
): Silence[] {
  const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: timezone });
  const byDay = Map.groupBy(
    silent.toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0)),
    ({ since }) => (since === null ? "never" : dayOf.format(since)),
  );
  return [...byDay.values()].map((its) => {
    const news = its.filter(isNew);
    const named = [...news, ...its.filter((one) => !news.includes(one))];
    return {
      since: its[0]?.since ?? null,
      count: its.length,
      endpoints: named.slice(0, namedAtMost).map(({ endpoint }) => endpoint),
      isNew: news.length > 0,
      why: named[0]?.why ?? "",
    };
  });
}
