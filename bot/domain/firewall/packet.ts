/**
 * What came of one connection or datagram that a prober tried. `counted`: of a datagram nothing came back, and the router
 * counted it by its rule. `unknown`: the prober itself could not be had.
 */
export type PacketSeen =
  | { outcome: "open" | "refused" | "silent" | "counted"; why: null }
  | { outcome: "unknown"; why: string };

/** Where a prober tries from, and to what. */
export interface PacketPath {
  /** A zone of certops.yaml. */
  zone: string;
  address: string;
  port: number;
  /** tcp where it is not said. */
  protocol?: "tcp" | "udp";
}

/** One path, tried before the rules changed and afterwards; null: not tried then. */
export interface PacketCheck extends PacketPath {
  /** `source`: what the rule is about. `elsewhere`: from another zone. `neighbour`: on a port beside it. */
  kind: "source" | "elsewhere" | "neighbour";
  /** What it has to be afterwards. */
  wanted: "open" | "closed";
  before: PacketSeen | null;
  after: PacketSeen | null;
}

/** Through the firewall, whether something listens there or not. */
export const passes = ({ outcome }: PacketSeen): boolean => ["open", "refused", "counted"].includes(outcome);

/** As it has to be: one that nobody could try shows nothing. */
export function isAsWanted({ wanted, after }: Pick<PacketCheck, "wanted" | "after">): boolean {
  if (after === null || after.outcome === "unknown") return false;
  return wanted === "open" ? passes(after) : !passes(after);
}
