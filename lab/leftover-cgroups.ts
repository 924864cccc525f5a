import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

const DEADLINE_MS = 5_000;
const ROOT = "/sys/fs/cgroup";
/** Nomad's own groups by their path in a hierarchy, deepest first: version 1 has a tree for each controller, version 2 one in all. */
const PARENTS = ["nomad/share", "nomad/reserve", "nomad", "nomad.slice/share", "nomad.slice/reserve", "nomad.slice"];

/** The groups that Nomad, run by root, made for the tasks of those allocations: their names begin with an allocation's id. */
export async function cgroupsOf(allocations: string[]): Promise<string[]> {
  const found = await Promise.all((await nomadsGroups()).map(below));
  return found.flat().filter((path) => allocations.some((id) => path.split("/").at(-1)?.startsWith(`${id}.`)));
}

/**
 * Removes them, whose processes must have ended, and the groups above them unless another Nomad runs on this machine: all
 * share those.
 */
export async function removeCgroups(allocations: string[]): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  for (const path of await cgroupsOf(allocations)) {
    // The kernel is at times still busy with the end of its last process.
    await eventually(`${path} to be free`, () => removed(path), signal);
  }
  if (await nomadRuns()) return;
  // Whatever else is in use or not there is left as it is.
  for (const path of await nomadsGroups()) await rmdir(path).catch(() => {});
}

async function removed(path: string): Promise<true> {
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  return true;
}

async function nomadsGroups(): Promise<string[]> {
  const hierarchies = [ROOT, ...(await below(ROOT))];
  return hierarchies.flatMap((path) => PARENTS.map((parent) => join(path, parent)));
}

async function nomadRuns(): Promise<boolean> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")));
  return names.some((name) => name.trim() === "nomad");
}

async function below(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
