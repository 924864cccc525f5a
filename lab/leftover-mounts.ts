import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Where the fifth field of a line of mountinfo, the mount point, stands. */
const MOUNT_POINT = 4;

/** Where something is mounted under that folder, deepest first: Nomad, run by root, keeps each task's secrets in memory. */
export async function mountsUnder(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const points = table.split("\n").flatMap((line) => unescape(line.split(" ")[MOUNT_POINT] ?? ""));
  return points.filter((point) => point.startsWith(`${folder}/`)).toSorted((a, b) => b.length - a.length);
}

/** Unmounts all of it. Nothing outside the folder is touched. */
export async function unmountUnder(folder: string): Promise<void> {
  for (const point of await mountsUnder(folder)) await run("umount", ["--", point]);
}

/** A space and its like stand there in octal. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
