import type { LabStatus } from "../../../status.ts";
import { ctsWords } from "../firewall/words.ts";
import type { Tone } from "../instances/lifetime.ts";

export interface Member {
  /** What tells it from its like: the number at the end of its name, or the name. */
  short: string;
  whole: string;
  tone: Tone;
  leads: boolean;
}

/** The servers and nodes of what the lab stands on as a strip shows them; each empty where the lab has none. */
export function members({ consul, nomad, firewall }: Pick<LabStatus, "consul" | "nomad" | "firewall">): {
  consul: Member[];
  nomad: Member[];
  cts: Member[];
} {
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
    cts: firewall === null ? [] : [ctsMember(firewall.cts)],
  };
}

const ctsMember = (cts: NonNullable<LabStatus["firewall"]>["cts"]): Member => ({
  short: cts.kind === "real" ? cts.version : cts.kind,
  whole: ctsWords(cts),
  tone: cts.kind === "real" ? "good" : "warn",
  leads: false,
});

const short = (name: string): string => /\d+$/.exec(name)?.[0] ?? name;
