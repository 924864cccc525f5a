import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { cgroupsOf } from "../../lab/leftover-cgroups.ts";
import { mountsUnder } from "../../lab/leftover-mounts.ts";
import { leftovers } from "../../lab/sweep.ts";

/** What a lab whose jobs are run by Nomad has on this machine, that is to be gone when it is. */
export interface Traces {
  processes: number[];
  mounts: string[];
  cgroups: string[];
  /** Whether its folder is there. */
  folder: boolean;
}

export const noTraces: Traces = { processes: [], mounts: [], cgroups: [], folder: false };

/** `allocations`: the ids of all that it ever had. */
export async function tracesOf(dir: string, allocations: string[]): Promise<Traces> {
  return {
    processes: await leftovers(dir),
    mounts: await mountsUnder(dir),
    cgroups: await cgroupsOf(allocations),
    folder: await stat(dir).then(
      () => true,
      () => false,
    ),
  };
}

/** Every rule of this machine's packet filter, those of iptables among them; null where they cannot be read. */
export async function packetRules(): Promise<string | null> {
  const told = await promisify(execFile)("nft", ["list", "ruleset"]).catch(() => null);
  return told?.stdout ?? null;
}
