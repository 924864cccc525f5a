import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../../vault-config/problem.ts";
import { hold } from "../lock.ts";

const SCRATCH = "fetch-";
const LOOK_AGAIN_MS = 250;

/** One version of one program, where it is kept once it was fetched. */
export interface CacheEntry {
  /** What a person reads: "Nomad 1.11.3". */
  title: string;
  folder: string;
  /** The binary's name in the folder. */
  file: string;
  /** Its SHA-256 where that is known beforehand; otherwise the one that was written beside it when it was put there. */
  pin?: string;
  /** Whether it runs on this machine and is what it should be. */
  fits(binary: string): Promise<boolean>;
}

export interface Told {
  onProgress: (line: string) => void;
  signal: AbortSignal | undefined;
}

/** The folder of one version, outside the checkout and shared by every lab of this user. */
export function cacheFolder(env: NodeJS.ProcessEnv, name: string, version: string): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "certops", `${name}-${version}`);
}

/** The binary that was fetched earlier, if it is still what was put there. */
export async function cached(entry: CacheEntry): Promise<string | null> {
  const file = join(entry.folder, entry.file);
  const wanted = entry.pin ?? (await recorded(entry));
  if (wanted === null) return null;
  return (await sha256(file).catch(() => null)) === wanted ? file : null;
}

/**
 * Puts into the cache the binary that `make` leaves in a scratch folder, unless another process has done so meanwhile:
 * one makes it, the others wait. A failure or an abort leaves nothing; a binary that was changed is thrown away.
 */
export async function intoCache<From extends string>(
  entry: CacheEntry,
  { onProgress, signal }: Told,
  make: (scratch: string) => Promise<{ binary: string; from: From }>,
): Promise<{ path: string; from: From | "cache" }> {
  await using _ = await turn(entry, { onProgress, signal });
  const ready = await cached(entry);
  if (ready !== null) return { path: ready, from: "cache" };
  try {
    await clear(entry);
    await using scratch = await scratchIn(entry.folder);
    const { binary, from } = await make(scratch.path);
    return { path: await keep(entry, binary, scratch.path), from };
  } catch (cause) {
    if (cause instanceof Problem || signal?.aborted) throw cause;
    throw new Problem(
      "PROGRAM_NOT_STORED",
      `${entry.title} could not be put into ${entry.folder} (${errorCode(cause)}).`,
      "Free some disk space, or name a folder you may write to in XDG_CACHE_HOME.",
      { cause },
    );
  }
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

async function turn({ folder, title }: CacheEntry, { onProgress, signal }: Told): Promise<AsyncDisposable> {
  const name = `cache-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`;
  let lock = await hold(name);
  if (lock === null) onProgress(`Waiting for another lab that is getting ${title}`);
  for (; lock === null; lock = await hold(name)) await delay(LOOK_AGAIN_MS, undefined, signal ? { signal } : {});
  return lock;
}

/** What a killed process left half-made, and what is no longer what was put there. */
async function clear({ folder, file }: CacheEntry): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const left = (await readdir(folder)).filter((name) => name.startsWith(SCRATCH));
  await Promise.all([...left, file, recordOf(file)].map((name) => remove(join(folder, name))));
}

/** Inside the cache, so that the last step is a rename: nobody ever sees half a file. */
async function scratchIn(folder: string): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(folder, SCRATCH));
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

async function keep(entry: CacheEntry, binary: string, scratch: string): Promise<string> {
  const { folder, file, title } = entry;
  const digest = await sha256(binary);
  if (entry.pin !== undefined && digest !== entry.pin) throw new Error(`${title} holds another binary than pinned`);
  await chmod(binary, 0o755);
  if (!(await entry.fits(binary))) {
    throw new Problem(
      "PROGRAM_DOES_NOT_RUN",
      `${title} was fetched, but does not run on this machine.`,
      `Install it in another way, so that \`${file}\` is on PATH.`,
    );
  }
  const record = join(scratch, recordOf(file));
  // As sha256sum writes it: `sha256sum -c` tells by hand whether the binary was changed.
  await writeFile(record, `${digest}  ${file}\n`);
  await rename(record, join(folder, recordOf(file)));
  await rename(binary, join(folder, file));
  return join(folder, file);
}

async function recorded({ folder, file }: CacheEntry): Promise<string | null> {
  const text = await readFile(join(folder, recordOf(file)), "utf8").catch(() => "");
  return /^([0-9a-f]{64}) /.exec(text)?.[1] ?? null;
}

function recordOf(file: string): string {
  return `${file}.sha256`;
}

/** A compiler that is just ending may still write into it. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
