import { readdir, readFile, readlink } from "node:fs/promises";

// What Linux tells about processes, read from /proc. A process that ends meanwhile is simply not there.

/** Where the fields stand in what `processStat` gives. */
const START_TIME = 19;

export interface ProcessInfo {
  pid: number;
  /** The command line, arguments joined by spaces; the bare name for a kernel thread. */
  command: string;
}

/** Pids of every process whose environment holds exactly `name=value`. Those of other users cannot be read and are left out. */
export async function pidsWithEnvironment(name: string, value: string): Promise<number[]> {
  const entry = `${name}=${value}`;
  const carries = async (pid: number) => {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    return environment.split("\0").includes(entry);
  };
  return filterAsync(await pids(), carries);
}

/** Names one process for good, where a pid alone may be taken over by another: `startTime` is in ticks since boot. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

export async function thisProcess(): Promise<ProcessIdentity> {
  const stat = await processStat(process.pid);
  return { pid: process.pid, startTime: stat?.[START_TIME] ?? "" };
}

export async function isRunning({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const stat = await processStat(pid);
  return stat !== null && isLive(stat) && stat[START_TIME] === startTime;
}

/** A process that has ended but was not yet collected by its parent is gone. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await processStat(pid);
  return stat !== null && isLive(stat);
}

/** Who listens on a TCP port of this machine; null when nobody does, a pid of null when it is another user's. */
export async function listenerOn(port: number): Promise<{ process: ProcessInfo | null } | null> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return null;
  for (const pid of await pids()) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return { process: { pid, command: await commandOf(pid) } };
    }
  }
  return { process: null };
}

function isLive([state]: string[]): boolean {
  return state !== "Z" && state !== "X";
}

async function pids(): Promise<number[]> {
  const names = await readdir("/proc");
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The fields of /proc/<pid>/stat from the third on: those after the command, which may itself hold spaces. */
async function processStat(pid: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return text === null
    ? null
    : text
        .slice(text.lastIndexOf(")") + 2)
        .trim()
        .split(" ");
}

async function commandOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (line !== "") return line.replaceAll("\0", " ").trim();
  return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "unknown")).trim();
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const LISTEN = "0A";
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const lines = (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1);
    for (const line of lines) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && local?.endsWith(`:${wanted}`) && inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

async function filterAsync<T>(items: T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index]);
}
