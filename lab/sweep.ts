import { glob } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../vault-config/problem.ts";
import { removeCgroups } from "./leftover-cgroups.ts";
import { unmountUnder } from "./leftover-mounts.ts";
import { isAlive, pidsWithEnvironment } from "./processes.ts";
import { MARKER } from "./supervised-child.ts";

const POLITE_MS = 3_000;
const DEADLINE_MS = 8_000;
const LOOK_EVERY_MS = 50;

/**
 * Ends every process that a lab in `dir` left behind, found by the marker in its environment, waits until none is left,
 * and removes what Nomad made outside of that folder for its tasks. Returns how many processes there were. Nothing else is ever touched.
 */
export async function sweep(dir: string): Promise<number> {
  const ended = await endProcesses(dir);
  const nomad = join(dir, "nomad");
  const allocations = await Array.fromAsync(glob(join(nomad, "client-*", "data", "alloc", "*")));
  const clients = await Array.fromAsync(glob(join(nomad, "client-*")));
  await unmountUnder(nomad);
  if (clients.length > 0) await removeCgroups(allocations.map((path) => basename(path)));
  return ended;
}

async function endProcesses(dir: string): Promise<number> {
  const found = await leftovers(dir);
  signalAll(found, "SIGCONT");
  signalAll(found, "SIGTERM");
  const start = performance.now();
  for (;;) {
    const left = await leftovers(dir);
    if (left.length === 0) return found.length;
    const elapsed = performance.now() - start;
    if (elapsed > DEADLINE_MS) {
      throw new Problem(
        "SWEEP_FAILED",
        `Processes ${left.join(", ")} of an earlier lab do not end.`,
        "Stop them by hand.",
      );
    }
    if (elapsed > POLITE_MS) signalAll(left, "SIGKILL");
    await delay(LOOK_EVERY_MS);
  }
}

/** Pids of the lab in `dir` that still run, this process excluded. */
export async function leftovers(dir: string): Promise<number[]> {
  const marked = await pidsWithEnvironment(MARKER, dir);
  const alive = await Promise.all(marked.map(async (pid) => pid !== process.pid && (await isAlive(pid))));
  return marked.filter((_, index) => alive[index]);
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended meanwhile.
    }
  }
}
