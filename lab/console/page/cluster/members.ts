import type { LabStatus } from "../../../status.ts";
import type { Tone } from "../instances/lifetime.ts";

export interface Member {
  /** What tells it from its like: the number at the end of its name, or the name. */
  short: string;
  whole: string;
  tone: Tone;
  leads: boolean;
}

/** The servers and nodes of the lab's schedulers as a strip shows them; empty without Consul or Nomad. */
export function members({ consul, nomad }: Pick<LabStatus, "consul" | "nomad">): { consul: Member[]; nomad: Member[] } {
  return {
    consul: (consul?.servers ?? []).map(({ name, alive, leader }) => ({
      short: short(name),
      whole: `${name}: ${alive ? (leader ? "alive, the leader" : "alive") : "gone"}`,
      tone: alive ? "good" : "bad",
      leads: alive && leader,
    })),
    nomad: (nomad?.nodes ?? []).map(({ name, status, eligible }) => ({
      short: short(name),
      whole: `${name}: ${status}${eligible ? "" : ", takes no new allocations"}`,
      tone: status === "ready" ? (eligible ? "good" : "warn") : "bad",
      leads: false,
    })),
  };
}

const short = (name: string): string => /\d+$/.exec(name)?.[0] ?? name;
