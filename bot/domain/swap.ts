/** An instance's own account of a new identity, from its admin port. Times are epoch milliseconds. */
export interface Swap {
  at: number;
  outcome: "swapped" | "refused";
  serial: string | null;
  generation: string | null;
  previousSerial: string | null;
  /** Why it was refused. */
  problem: string | null;
}
