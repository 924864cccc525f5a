/** A call in the mesh: who calls whom, by the names of their services. `*` stands for every service. */
export interface Pair {
  source: string;
  destination: string;
}

export type Action = "allow" | "deny";

/** Who may call whom, as Consul has it: https://developer.hashicorp.com/consul/docs/connect/intentions */
export interface Intention extends Pair {
  /** `permissions`: by path, header and method; certops leaves those alone. */
  action: Action | "permissions";
  description: string;
}

/** `service-a → service-b` */
export const tellPair = ({ source, destination }: Pair): string => `${source} → ${destination}`;

const covers = (name: string, service: string) => name === "*" || name === service;

/** The pair's own intention; null when it has none. */
export function ownOf(intentions: Intention[], { source, destination }: Pair): Intention | null {
  return intentions.find((one) => one.source === source && one.destination === destination) ?? null;
}

/** The one intention that Consul goes by for this call; null: Consul's default. */
export function rulingOf(intentions: Intention[], { source, destination }: Pair): Intention | null {
  const matching = intentions.filter((one) => covers(one.source, source) && covers(one.destination, destination));
  return matching.toSorted((a, b) => precedence(b) - precedence(a))[0] ?? null;
}

/** https://developer.hashicorp.com/consul/docs/connect/intentions#precedence-and-match-order */
export function precedence({ source, destination }: Pair): number {
  return (destination === "*" ? 0 : 2) + (source === "*" ? 0 : 1);
}
