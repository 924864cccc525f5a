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
}

/** Who an instance was called by and whom it called, by the names on their certificates, with the last time. */
export interface PeersSeen {
  callers: Peer[];
  calls: Peer[];
}

export interface Peer {
  name: string;
  /** Epoch milliseconds. */
  lastAt: number;
}

/** Who called longer ago than this is no caller any more. */
const recentMs = 86_400_000;

/**
 * From what each instance tells, else as declared. `last`: what was known before, for when no instance can be asked: they
 * are out of reach just when it matters. `own`: names that are certops' own, which calls everybody.
 */
export function blastRadiusOf({
  seen,
  last,
  declared,
  services,
  own,
  now,
}: {
  seen: PeersSeen[];
  last: BlastRadius | null;
  declared: string[];
  services: { name: string; names: string[] }[];
  own: string[];
  now: number;
}): BlastRadius {
  const nameOf = (name: string) => services.find(({ names }) => names.includes(name))?.name ?? name;
  const names = (pick: keyof PeersSeen): Affected[] => {
    const recent = seen
      .flatMap((one) => one[pick])
      .filter(({ name, lastAt }) => now - lastAt < recentMs && !own.includes(name));
    return [...new Set(recent.map(({ name }) => nameOf(name)))].toSorted().map((name) => ({ name, how: "seen" }));
  };
  const remembered = (pick: keyof PeersSeen) => (last?.[pick] ?? []).filter(({ how }) => how === "seen");
  const callers = seen.length > 0 ? names("callers") : remembered("callers");
  const stated = declared
    .filter((name) => !callers.some((one) => one.name === name))
    .map((name): Affected => ({ name, how: "declared" }));
  return {
    callers: [...callers, ...stated],
    calls: seen.length > 0 ? names("calls") : remembered("calls"),
  };
}

/**
 * With those that were called lately under one of these names, as they tell themselves: not only whom the service knows that it
 * calls. `told`: what the instances of each other service tell.
 */
export function calledAs(
  names: string[],
  { blast, told, now }: { blast: BlastRadius; told: { name: string; seen: PeersSeen[] }[]; now: number },
): BlastRadius {
  const known = new Set(blast.calls.map(({ name }) => name));
  const besides = told.filter(
    ({ name, seen }) =>
      !known.has(name) &&
      seen.some(({ callers }) => callers.some((one) => names.includes(one.name) && now - one.lastAt < recentMs)),
  );
  return { ...blast, calls: [...blast.calls, ...besides.map(({ name }): Affected => ({ name, how: "seen" }))] };
}
