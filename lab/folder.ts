import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, realpath, rm, rmdir, stat, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import { hold } from "./lock.ts";
import { isRunning, type ProcessIdentity, thisProcess } from "./processes.ts";

/** Says that a lab made the folder, and which process: a name, and a kind in it, that nobody else has. */
const MARKER_FILE = ".certops-lab";
const SUBFOLDERS = [
  "pki",
  "vault",
  "agents",
  "consul",
  "nomad",
  "mesh",
  "firewall",
  "instances",
  "bot",
  "slack",
  "logs",
];
/** All that a lab makes in its folder, and so all that it removes. */
const MADE = [...SUBFOLDERS, "state.json", "state.json.new", "control.sock", MARKER_FILE];
const markerSchema = z.object({ kind: z.literal("certops-lab"), pid: z.number(), startTime: z.string() });
/** Linux allows 107 bytes for the path of a socket. */
const LONGEST_SOCKET_PATH = 107;
const NEEDED_BYTES = 100 * 1024 * 1024;
const ELSEWHERE = "Choose another folder with --dir.";

/** The one spelling of a lab's folder, links resolved, whether it exists yet or not. */
export async function canonicalFolder(dir: string): Promise<string> {
  const path = resolve(dir);
  const known = await realpath(path).catch(() => null);
  if (known !== null || dirname(path) === path) return known ?? path;
  return join(await canonicalFolder(dirname(path)), basename(path));
}

/** Held by the lab's supervisor for as long as it lives; null when another process holds it. */
export async function lockFolder(dir: string): Promise<AsyncDisposable | null> {
  return hold(`lab-${createHash("sha256").update(dir).digest("hex").slice(0, 32)}`);
}

/** The supervisor that started, or is just starting, the lab in `dir`; null when none runs. */
export async function ownerOf(dir: string): Promise<ProcessIdentity | null> {
  const owner = markerSchema.safeParse(await readMarker(dir)).data;
  return owner !== undefined && (await isRunning(owner)) ? owner : null;
}

/** Refuses, with nothing touched, a folder in which no lab can be made: also one with a file that no lab made. */
export async function requireUsable(dir: string): Promise<void> {
  requireShortPath(dir);
  const existing = await nearestExisting(dir);
  if (!(await stat(existing)).isDirectory()) throw notAFolder(existing);
  const full = await diskProblem(existing);
  if (full !== null) throw new Problem("DISK_FULL", full, "Free some space, or choose another folder with --dir.");
  const strange = await strangersIn(dir);
  if (strange.length > 0) {
    const what = `${dir} holds files that no lab made: ${listed(strange)}.`;
    throw new Problem("NOT_A_LAB", what, `Move them away, or choose another folder with --dir.`);
  }
}

/** Makes the folder afresh, readable by its owner alone, where `requireUsable` allows it. Failing, it leaves none. */
export async function makeFolder(dir: string): Promise<void> {
  await requireUsable(dir);
  await removeFolder(dir);
  await makeLevels(dir);
  try {
    const marker = { kind: "certops-lab", ...(await thisProcess()) };
    await writeFile(join(dir, MARKER_FILE), JSON.stringify(marker), { mode: 0o600 });
    for (const name of SUBFOLDERS) await mkdir(join(dir, name), { mode: 0o700 });
  } catch (error) {
    await removeFolder(dir);
    throw error;
  }
}

/**
 * Removes what a lab made in its folder, and the folder unless somebody else's files are in it: their names are returned.
 * A folder that is no lab's is left alone with a `Problem`.
 */
export async function removeFolder(dir: string): Promise<string[]> {
  const content = await contentOf(dir);
  if (content === null) return [];
  const strange = await strangersIn(dir);
  if (strange.length === content.length && content.length > 0)
    throw new Problem("NOT_A_LAB", `${dir} holds files that no lab made: ${listed(strange)}.`, ELSEWHERE);
  // The marker goes last, so that a removal that was cut off can be done again. A link is removed, not what it leads to.
  for (const name of MADE) await rm(join(dir, name), { recursive: true, force: true, maxRetries: 5 });
  if (strange.length === 0) await rmdir(dir);
  return strange;
}

/** One sentence when the disk of `dir` is full, or nearly; null when a lab has room there. */
export async function diskProblem(dir: string): Promise<string | null> {
  const { bavail, bsize, blocks } = await statfs(dir);
  // Not a disk at all, such as /proc.
  if (blocks === 0 || bavail * bsize >= NEEDED_BYTES) return null;
  const left = Math.floor((bavail * bsize) / (1024 * 1024));
  return `The disk that holds ${dir} is full: ${left} MB are left, a lab needs ${NEEDED_BYTES / (1024 * 1024)}.`;
}

/** What in it is not a lab's: everything, where no lab was. */
async function strangersIn(dir: string): Promise<string[]> {
  const content = (await contentOf(dir)) ?? [];
  const marker = content.includes(MARKER_FILE) ? await readMarker(dir) : null;
  const ours = marker === "cut short" || markerSchema.safeParse(marker).success;
  return ours ? content.filter((name) => !MADE.includes(name)) : content;
}

/** A marker that was cut short, by a crash or a full disk, is nobody's any more; by its name it is still a lab's. */
async function readMarker(dir: string): Promise<unknown> {
  const text = await readFile(join(dir, MARKER_FILE), "utf8").catch(() => "null");
  try {
    return JSON.parse(text);
  } catch {
    return "cut short";
  }
}

async function contentOf(dir: string): Promise<string[] | null> {
  try {
    return await readdir(dir);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return null;
    if (code === "ENOTDIR") throw notAFolder(await nearestExisting(dir));
    throw new Problem("FOLDER_UNREADABLE", `${dir} cannot be read (${code}).`, ELSEWHERE, { cause: error });
  }
}

/** Level by level: where nothing can be made, such as in /proc, Node's recursive `mkdir` never returns. */
async function makeLevels(dir: string): Promise<void> {
  const missing: string[] = [];
  const existing = await nearestExisting(dir);
  for (let level = dir; level !== existing; level = dirname(level)) missing.unshift(level);
  for (const level of missing) {
    await mkdir(level, { mode: 0o700 }).catch((cause: unknown) => {
      throw new Problem("FOLDER_NOT_MADE", `${level} cannot be made (${codeOf(cause)}).`, ELSEWHERE, { cause });
    });
  }
}

async function nearestExisting(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** Refuses a folder so deep that a socket in it, by its name there, could not be opened. */
export function requireShortPath(dir: string, socket = "control.sock"): void {
  if (Buffer.byteLength(join(dir, socket)) <= LONGEST_SOCKET_PATH) return;
  throw new Problem(
    "PATH_TOO_LONG",
    `${dir} is too long a path: the lab's sockets in it could not be opened.`,
    "Choose a shorter one with --dir.",
  );
}

function notAFolder(path: string): Problem {
  return new Problem("NOT_A_FOLDER", `${path} is a file, not a folder.`, ELSEWHERE);
}

function listed(names: string[]): string {
  const shown = names.toSorted().slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
