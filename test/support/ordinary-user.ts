import { spawnSync } from "node:child_process";
import { chown, copyFile, link, mkdir, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { openbao } from "../../lab/stack/program.ts";
import { cacheFolder } from "../../lab/stack/program-cache.ts";
import { findProgram } from "../../lab/stack/find-program.ts";

const checkout = resolve(import.meta.dirname, "../..");
const cacheRoot = dirname(cacheFolder(process.env, "", ""));
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** What keeps root from making an ordinary user of itself, with a user namespace; null when nothing does. */
export function missingOrdinaryUser(): string | null {
  const tried = spawnSync("unshare", ["--mount", ...become(), "unshare", "--user", "--map-root-user", "--net", "true"]);
  if (!isRoot || tried.status === 0) return null;
  return `needs setpriv, and a kernel that lets an ordinary user make a user namespace: ${String(tried.stderr).trim()}`;
}

/**
 * What runs this checkout's lab as somebody who is not root: as nobody, where the test itself is root's, with a home and
 * the programs under `folder`. `folder` belongs to that user from then on.
 */
export async function labAsOrdinaryUser(folder: string): Promise<string[]> {
  const cli = (root: string) => join(root, "lab", "cli.ts");
  if (!isRoot) return [process.execPath, cli(checkout)];
  const cache = join(folder, "cache");
  const kept = join(cache, "certops");
  await mkdir(kept, { recursive: true });
  for (const { path } of [await openbao(), await findProgram("consul"), await findProgram("terraform")]) {
    const home = dirname(path);
    if (dirname(home) === cacheRoot) await linkFolder(home, join(kept, basename(home)));
  }
  // At a place that everybody may come to, also where the checkout is root's alone.
  const seen = join(folder, "checkout");
  await mkdir(seen);
  const node = join(folder, "node");
  await linkOrCopy(process.execPath, node);
  for (const own of [folder, cache, kept]) await chown(own, NOBODY, NOBODY);
  const enter = 'mount --bind "$0" "$1" && shift && exec "$@"';
  const environment = [`HOME=${folder}`, `XDG_CACHE_HOME=${cache}`];
  return ["unshare", "--mount", "sh", "-c", enter, checkout, seen, ...become(), "env", ...environment, node, cli(seen)];
}

function become(): string[] {
  return isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
}

async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) await linkOrCopy(join(from, name), join(to, name));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
