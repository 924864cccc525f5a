import type { Intention } from "../wire/status-types.ts";

/** What the mesh decides about one call, and the intention that decides it; null where none does, and the default denies. */
export interface Verdict {
  action: Intention["action"];
  by: Intention | null;
}

/** Consul's order: an exact destination goes before any destination, then an exact source before any source. */
export function verdict(intentions: readonly Intention[], source: string, destination: string): Verdict {
  const matches = (pattern: string, name: string) => pattern === name || pattern === "*";
  const exactness = (one: Intention) => Number(one.destination !== "*") * 2 + Number(one.source !== "*");
  const [by = null] = intentions
    .filter((one) => matches(one.source, source) && matches(one.destination, destination))
    .toSorted((one, other) => exactness(other) - exactness(one));
  return { action: by?.action ?? "deny", by };
}
