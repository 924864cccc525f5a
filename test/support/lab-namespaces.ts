import { readdir, readFile, readlink } from "node:fs/promises";
import { stateIn } from "./lab-process.ts";

/** The namespaces of every host of the lab in that folder: networks, mounts, and the users' where there is one. */
export async function namespacesOf(dir: string): Promise<Set<string>> {
  const { firewall } = await stateIn(dir);
  const pids = [firewall?.router.pid, ...(firewall?.hosts ?? []).map(({ pid }) => pid)];
  const found = await Promise.all(pids.flatMap((pid) => (pid ? [namespacesOfProcess(pid)] : [])));
  const ours = await namespacesOfProcess(process.pid);
  return new Set(found.flat().filter((one) => !ours.includes(one)));
}

async function namespacesOfProcess(pid: number): Promise<string[]> {
  const kinds = ["net", "mnt", "user"];
  const links = kinds.map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => ""));
  return (await Promise.all(links)).filter((link) => link !== "");
}

/** Who is in one of them, or has one of them mounted where this process sees it. */
export async function usersOf(namespaces: Set<string>): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(
    pids.map(async (pid) =>
      (await namespacesOfProcess(pid)).some((one) => namespaces.has(one)) ? [`process ${pid}`] : [],
    ),
  );
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return [...inside.flat(), ...mounts.filter((line) => [...namespaces].some((one) => line.includes(one)))];
}
