/** `no-table`: it is gone. `no-drop`: it no longer drops what no rule lets through. `accepts`: by none of the rules. */
export type Gap = "no-table" | "no-drop" | "accepts";

/** Another table of the router that lets through or redirects. `digest`: of the rules that do. */
export interface Aside {
  table: string;
  does: string[];
  digest: string;
}

/** What the router enforces and was not applied, or applied and does not enforce. */
export interface Drifted {
  missing: string[];
  besides: string[];
  gaps: Gap[];
  /** `ip nat: dnat`; what stood there at the first run, or when the rules were last applied again, is known. */
  aside: string[];
}

export function unknownAside(aside: Aside[], known: Aside[]): string[] {
  const isKnown = ({ table, digest }: Aside) => known.some((one) => one.table === table && one.digest === digest);
  return aside.filter((one) => !isKnown(one)).map(({ table, does }) => `${table}: ${does.join(", ")}`);
}
