import { chmod, mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A machine of our making: only what is put into `bin` is on its PATH, its cache is empty, and it has no network. */
export interface BareMachine extends AsyncDisposable {
  folder: string;
  bin: string;
  env: { PATH: string; HOME: string; XDG_CACHE_HOME: string; HTTPS_PROXY: string };
  /** Puts a program there: what follows the first line of a shell script. */
  install(name: string, script: string): Promise<string>;
  /** The cache's folder of one version, such as `openbao-2.7.2`. */
  cacheOf(version: string): string;
}

export async function bareMachine(programs: Record<string, string> = {}): Promise<BareMachine> {
  const folder = await mkdtempDisposable(join(tmpdir(), "certops-program-"));
  const bin = join(folder.path, "bin");
  const cache = join(folder.path, "cache");
  await mkdir(bin);
  const install = async (name: string, script: string) => {
    const path = join(bin, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  for (const [name, script] of Object.entries(programs)) await install(name, script);
  return {
    folder: folder.path,
    bin,
    // A port on which nobody listens: whatever goes by the proxy is refused.
    env: { PATH: bin, HOME: folder.path, XDG_CACHE_HOME: cache, HTTPS_PROXY: "http://127.0.0.1:9" },
    install,
    cacheOf: (version) => join(cache, "certops", version),
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}
