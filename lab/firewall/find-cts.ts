import { join } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { answerOf, executableOnPath } from "../stack/on-path.ts";
import type { FindOptions } from "../stack/program.ts";
import { type CacheEntry, cached, cacheFolder, intoCache } from "../stack/program-cache.ts";
import { fetchRelease, type OfficialRelease } from "../stack/release.ts";
import { fits } from "../stack/versions.ts";

/** What plays the part of Consul-Terraform-Sync. */
export interface CtsProgram {
  kind: "real" | "stand-in";
  version: string;
  /** What comes before its own arguments. */
  command: string[];
}

const STAND_IN = join(import.meta.dirname, "../cts-stand-in/main.ts");
const product = "consul-terraform-sync";
const title = "Consul-Terraform-Sync";
const version = "0.9.0";
const range = { oldest: "0.9", before: "0.10" };
const official: OfficialRelease = {
  product,
  title,
  version,
  pins: {
    "linux-x64": "600051190f59e2caaa70cc47593ec7cb3a4f35eadc3573668bdcabcdf94ed9c4",
    "linux-arm64": "db2aa8c1b7c35d8942eaffb1befaf18a0b1269b43abddf4c6e4db9fc4894c522",
  },
};
/** The stand-in does as well: nobody shall wait long to hear that a host does not answer. */
const PATIENCE_MS = 3_000;
const NOT_HERE = "CTS_NOT_HERE";

/** The real one from PATH, the cache or its release; the lab's stand-in where there is none. */
export async function findCts(
  { onProgress = () => {}, signal, env = process.env }: FindOptions,
  release = official,
): Promise<CtsProgram> {
  const here = await ctsHere(env);
  if (here !== null) return real(here.path, here.version);
  try {
    const { path } = await intoCache(entryOf(env), { onProgress, signal }, async (folder) => {
      const fetched = await fetchRelease(release, { folder, env, onProgress, signal, patienceMs: PATIENCE_MS });
      if ("failed" in fetched) throw new Problem(NOT_HERE, `${title}: ${fetched.failed}.`, "");
      return { ...fetched, from: "release" };
    });
    return real(path, version);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== NOT_HERE) throw error;
    onProgress(`A stand-in for ${title} serves: the real one is not here (put ${product} 0.9 on PATH)`);
    return { kind: "stand-in", version, command: [process.execPath, STAND_IN] };
  }
}

/** The real one where nothing has to be fetched for it: on PATH in a version that fits, or in the cache. */
export async function ctsHere(env: NodeJS.ProcessEnv = process.env): Promise<{ path: string; version: string } | null> {
  const onPath = await executableOnPath(product, env);
  const found = onPath === null ? null : await versionOf(onPath);
  if (onPath !== null && found !== null && fits(found, range)) return { path: onPath, version: found };
  const kept = await cached(entryOf(env));
  return kept === null ? null : { path: kept, version };
}

function entryOf(env: NodeJS.ProcessEnv): CacheEntry {
  return {
    title: `${title} ${version}`,
    folder: cacheFolder(env, product, version),
    file: product,
    fits: async (binary) => (await versionOf(binary)) === version,
  };
}

function real(path: string, of: string): CtsProgram {
  return { kind: "real", version: of, command: [path] };
}

async function versionOf(path: string): Promise<string | null> {
  return /^consul-terraform-sync v?(\d+\.\d+\.\d+)/.exec((await answerOf(path, ["--version"])) ?? "")?.[1] ?? null;
}
