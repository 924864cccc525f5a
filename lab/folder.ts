import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, realpath, rm, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import { hold } from "./lock.ts";
import { isRunning, type ProcessIdentity, thisProcess } from "./processes.ts";

/** Tells whose the folder is; its presence says that a lab made it, and so may empty and remove it. */
const OWNER_FILE = "owner.json";
const SUBFOLDERS = ["pki", "vault", "agents", "instances", "bot", "slack", "logs"];
const ownerSchema = z.object({ pid: z.number(), startTime: z.string() });
/** Linux allows 107 bytes for the path of a socket. */
const LONGEST_SOCKET_PATH = 107;
const NEEDED_BYTES = 100 * 1024 * 1024;

/** The one spelling of a lab's folder, links resolved, whether it exists yet or not. */
export async function canonicalFolder(dir: string): Promise<string> {
  const path = resolve(dir);
  const parent = await realpath(dirname(path)).catch(() => dirname(path));
  return realpath(path).catch(() => join(parent, basename(path)));
}

/** Held by the lab's supervisor for as long as it lives; null when another process holds it. */
export async function lockFolder(dir: string): Promise<AsyncDisposable | null> {
  return hold(`lab-${createHash("sha256").update(dir).digest("hex").slice(0, 32)}`);
}

/** The supervisor that started, or is just starting, the lab in `dir`; null when none runs. */
export async function ownerOf(dir: string): Promise<ProcessIdentity | null> {
  const text = await readFile(join(dir, OWNER_FILE), "utf8").catch(() => "null");
  const owner = ownerSchema.safeParse(JSON.parse(text)).data;
  return owner !== undefined && (await isRunning(owner)) ? owner : null;
}

/** Makes the folder afresh, readable by its owner alone. Refuses one that holds anything but an earlier lab. */
export async function makeFolder(dir: string): Promise<void> {
  await removeFolder(dir);
  requireShortPath(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await requireSpace(dir);
  await writeFile(join(dir, OWNER_FILE), JSON.stringify(await thisProcess()), { mode: 0o600 });
  for (const name of SUBFOLDERS) await mkdir(join(dir, name), { mode: 0o700 });
}

/** Removes the folder of a lab; a folder that is not one is left alone with a `Problem`. */
export async function removeFolder(dir: string): Promise<void> {
  const content = await readdir(dir).catch(() => null);
  if (content === null) return;
  const ours = content.length === 0 || content.includes(OWNER_FILE);
  if (!ours)
    throw new Problem("NOT_A_LAB", `${dir} holds files that no lab made.`, "Choose another folder with --dir.");
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

function requireShortPath(dir: string): void {
  if (Buffer.byteLength(join(dir, "control.sock")) <= LONGEST_SOCKET_PATH) return;
  throw new Problem(
    "PATH_TOO_LONG",
    `${dir} is too long a path: the lab's sockets in it could not be opened.`,
    "Choose a shorter one with --dir.",
  );
}

async function requireSpace(dir: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize >= NEEDED_BYTES) return;
  const left = Math.floor((bavail * bsize) / (1024 * 1024));
  throw new Problem(
    "DISK_FULL",
    `The disk that holds ${dir} is full: ${left} MB are left, a lab needs ${NEEDED_BYTES / (1024 * 1024)}.`,
    "Free some space, or choose another folder with --dir.",
  );
}
