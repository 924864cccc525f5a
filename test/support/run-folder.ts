import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledFolder } from "../../lab/compiled-folder.ts";
import { isRunning, thisProcess } from "../../lab/processes.ts";
import { MARKER } from "../../lab/supervised-child.ts";

const FOLDER = /^certops-tests-(\d+)-(\d+)$/;

/**
 * One folder for everything that a run of the tests makes, named after the run's process. A run that was killed leaves
 * its folder and its servers behind; the next one finds both by that name and clears them.
 */
export default async function setup(): Promise<() => void> {
  const { pid, startTime } = await thisProcess();
  const place = tmpdir();
  for (const name of readdirSync(place)) {
    const [, owner, since] = FOLDER.exec(name) ?? [];
    if (owner === undefined || since === undefined) continue;
    if (!(await isRunning({ pid: Number(owner), startTime: since }))) clear(join(place, name));
  }
  const folder = join(place, `certops-tests-${pid}-${startTime}`);
  mkdirSync(folder, { mode: 0o755 });
  process.env["TMPDIR"] = folder;
  // Up to four labs run at once, and few tests ask what their traffic tells.
  process.env["CERTOPS_TRAFFIC"] ??= "1";
  process.env["NODE_COMPILE_CACHE"] = compiledFolder(process.env);
  return () => clear(folder);
}

function clear(folder: string): void {
  for (const pid of marked(folder)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Processes whose lab lies in this folder. */
function marked(folder: string): number[] {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`\0${MARKER}=${folder}/`);
    } catch {
      return false;
    }
  });
}
