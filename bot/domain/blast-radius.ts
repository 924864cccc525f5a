/** Who fails when a certificate ends and nobody renews it. */
export interface BlastRadius {
  /** They call it, and will find its certificate expired. */
  callers: Affected[];
  /** It calls them with the same certificate, and will be turned away. */
  calls: Affected[];
}

export interface Affected {
  /** A managed service, or the name on the caller's certificate. */
  name: string;
  /** `seen`: the service's own metrics tell. `declared`: certops.yaml does. */
  how: "seen" | "declared";
  /** Of what was seen, the endpoints of the service that tell so, or did when they last answered. */
  by?: string[];
}

/** Who an instance was called by and whom it called, by the names on their certificates, with the last time. */
export interface PeersSeen {
  callers: Peer[];
  calls: Peer[];
}

/** What an instance told; null: it did not answer. */
export interface Told {
  endpoint: string;
  peers: PeersSeen | null;
}

export interface Peer {
  name: string;
  /** Epoch milliseconds. */
  lastAt: number;
}

/** Who called longer ago than this is no caller any more. */
const recentMs = 86_400_000;

/**
 * From what each instance tells, else as declared. `last`: what was known before, which stands for the instances that do not answer:
 * they are out of reach just when it matters. `own`: names that are certops' own, which calls everybody.
 */
export function blastRadiusOf({
  told,
  last,
  declared,
  services,
  own,
  now,
}: {
  told: Told[];
  last: BlastRadius | null;
  declared: string[];
  services: { name: string; names: string[] }[];
  own: string[];
  now: number;
}): BlastRadius {
  const nameOf = (name: string) => services.find(({ names }) => names.includes(name))?.name ?? name;
  const silent = told.flatMap(({ endpoint, peers }) => (peers === null ? [endpoint] : []));
  const noneAnswers = silent.length === told.length;
  const seen = (pick: keyof PeersSeen): Affected[] => {
    const recent = told.flatMap(({ endpoint, peers }) =>
      (peers?.[pick] ?? [])
        .filter(({ name, lastAt }) => now - lastAt < recentMs && !own.includes(name))
        .map(({ name }) => ({ name: nameOf(name), endpoint })),
    );
    const remembered = (last?.[pick] ?? []).flatMap(({ name, how, by = silent }) =>
      how === "seen"
        ? by.filter((one) => noneAnswers || silent.includes(one)).map((endpoint) => ({ name, endpoint }))
        : [],
    );
    const byName = Map.groupBy([...recent, ...remembered], ({ name }) => name);
    return [...byName]
      .map(([name, all]): Affected => {
        const by = [...new Set(all.map(({ endpoint }) => endpoint))].toSorted();
        return { name, how: "seen", by };
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
  const callers = seen("callers");
  const stated = declared
    .filter((name) => !callers.some((one) => one.name === name))
    .map((name): Affected => ({ name, how: "declared" }));
  return { callers: [...callers, ...stated], calls: seen("calls") };
}

/**
 * With those that were called lately under one of these names, as they tell themselves: not only whom the service knows that it
 * calls. `told`: what the instances of each other service tell.
 */
export function calledAs(
  names: string[],
  { blast, told, now }: { blast: BlastRadius; told: { name: string; told: Told[] }[]; now: number },
): BlastRadius {
  const known = new Set(blast.calls.map(({ name }) => name));
  const besides = told.filter(
    ({ name, told: its }) =>
      !known.has(name) &&
      its.some(({ peers }) => peers?.callers.some((one) => names.includes(one.name) && now - one.lastAt < recentMs)),
  );
  return { ...blast, calls: [...blast.calls, ...besides.map(({ name }): Affected => ({ name, how: "seen" }))] };
}
