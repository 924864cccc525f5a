import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually } from "../eventually.ts";
import type { Child, Spawn } from "../supervise.ts";
import type { Program } from "./find-program.ts";
import type { NomadApi } from "./nomad-api.ts";
import type { NomadFiles } from "./nomad-config.ts";

/** How long it may take to end: a client waits for what its tasks' watchers are about. */
const STOP_MS = 10_000;

/** Starts an agent of Nomad's, server or client, and resolves when its API answers. */
export async function startNomadAgent(options: {
  name: string;
  files: NomadFiles;
  /** With secrets: only its owner can read it. */
  config: string;
  /** The lab's folder. */
  dir: string;
  program: Program;
  api: NomadApi;
  spawn: Spawn;
}): Promise<Child> {
  const { name, files, config, dir, program, api, spawn } = options;
  const temporary = join(dir, "nomad", "tmp");
  for (const folder of [dirname(files.config), temporary]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(files.config, config, { mode: 0o600 });
  return spawn({
    name: `nomad ${name}`,
    // Nomad writes no pid file: the shell does, and becomes Nomad.
    command: "sh",
    args: ["-c", 'echo $$ >"$1"; exec "$2" agent -config="$3"', "nomad", files.pid, program.path, files.config],
    log: join(dir, "logs", `nomad-${name}.log`),
    env: {
      // Its plugins' sockets lie there: killed, it would leave them in the machine's own temporary folder.
      TMPDIR: temporary,
      // It runs nothing for a user without a name, as containers have them, unless it is told one.
      USER: "nomad",
    },
    ready: async (signal) => {
      await eventually(`Nomad's ${name}`, () => api.ask("GET", "/v1/agent/health"), signal);
    },
    stopMs: STOP_MS,
  });
}
