/**
 * A process of its own, which `release.ts` starts: @hashicorp/js-releases takes neither a deadline nor a signal, and has
 * written all it unpacks only when the process that runs it ends.
 *
 * `node release-download.ts <product> <version> <sha256 of the archive> <folder>` leaves the product's files in the folder.
 */
import { join } from "node:path";
import { getRelease } from "@hashicorp/js-releases";
import { sha256 } from "./program-cache.ts";

const AGENT = "certops-lab";
const architectures: Record<string, string> = { x64: "amd64", arm64: "arm64" };

// Never longer than the lab that waits for it.
process.stdin
  .on("end", () => process.exit(1))
  .resume()
  .unref();

const [, , product = "", version = "", pin = "", folder = ""] = process.argv;
try {
  const release = await getRelease(product, version, AGENT);
  const build = release.getBuild(process.platform, architectures[process.arch] ?? process.arch);
  process.stdout.write("found\n");
  const archive = join(folder, "release.zip");
  await release.download(build.url, archive, AGENT);
  // The pin does what `release.verify` does not: js-releases 1.7.7 asks for the signature but never looks at the verdict.
  if ((await sha256(archive)) !== pin) throw new Error("it does not have the checksum that is pinned for it");
  await release.unpack(folder, archive);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
