import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Told } from "./program-cache.ts";

const DOWNLOAD = join(import.meta.dirname, "release-download.ts");
/** A host that is out of reach often does not say so. */
const FOUND_MS = 8_000;
const DOWNLOAD_MS = 600_000;

export interface OfficialRelease {
  /** What HashiCorp calls it, which is also the binary's name. */
  product: string;
  title: string;
  version: string;
  /** SHA-256 of the archive by machine, such as `linux-x64`. */
  pins: Record<string, string>;
}

/** Either the binary, in `folder`, or why the release is not to be had, as words for brackets. */
export type Fetched = { binary: string } | { failed: string };

/** Fetches the archive from HashiCorp, checks it against its pin and unpacks it. */
export async function fetchRelease(
  { product, title, version, pins }: OfficialRelease,
  {
    folder,
    env,
    onProgress,
    signal,
    patienceMs = FOUND_MS,
  }: Told & {
    folder: string;
    env: NodeJS.ProcessEnv;
    patienceMs?: number;
  },
): Promise<Fetched> {
  const machine = `${process.platform}-${process.arch}`;
  const pin = pins[machine];
  if (pin === undefined) return { failed: `none is pinned for ${machine}` };
  signal?.throwIfAborted();
  onProgress(`Looking for the release of ${title} ${version}`);
  const deadline = new AbortController();
  const child = spawn(process.execPath, [DOWNLOAD, product, version, pin, folder], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    signal: AbortSignal.any([deadline.signal, ...(signal ? [signal] : [])]),
  });
  // What became of it is told by "close", also when a deadline ends it.
  child.on("error", () => {});
  let timer = setTimeout(() => deadline.abort(), patienceMs);
  let failure = "the host did not answer in time";
  child.stdout.once("data", () => {
    onProgress(`Fetching ${title} ${version} (only this once)`);
    failure = "the download took too long";
    clearTimeout(timer);
    timer = setTimeout(() => deadline.abort(), DOWNLOAD_MS);
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [told, code] = await Promise.all([text(child.stderr), closed]);
  clearTimeout(timer);
  signal?.throwIfAborted();
  if (code === 0) return { binary: join(folder, product) };
  if (deadline.signal.aborted) return { failed: failure };
  return { failed: told.trim().split("\n").at(-1) || `its download ended with ${code}` };
}
