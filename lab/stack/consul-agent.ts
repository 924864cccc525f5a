import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import type { Child, Spawn } from "../supervise.ts";
import type { Ask } from "./consul-api.ts";
import type { Program } from "./find-program.ts";

/** Everything of one agent, inside the lab's folder. */
export interface AgentFiles {
  home: string;
  config: string;
  data: string;
  pid: string;
  /** Definitions of services, a file each. */
  services: string;
  log: string;
}

export function agentFiles(dir: string, name: string): AgentFiles {
  const home = join(dir, "consul", name);
  return {
    home,
    config: join(home, "agent.json"),
    data: join(home, "data"),
    pid: join(home, "consul.pid"),
    services: join(home, "services"),
    log: join(dir, "logs", `consul-${name}.log`),
  };
}

/** Starts an agent of Consul's, server or client, and resolves when its API answers. */
export async function startConsulAgent(options: {
  name: string;
  files: AgentFiles;
  /** With secrets: only its owner can read it. */
  config: string;
  program: Program;
  ask: Ask;
  spawn: Spawn;
}): Promise<Child> {
  const { name, files, config, program, ask, spawn } = options;
  await mkdir(files.services, { recursive: true, mode: 0o700 });
  await writeFile(files.config, config, { mode: 0o600 });
  return spawn({
    name: `consul ${name}`,
    command: program.path,
    args: ["agent", `-config-file=${files.config}`, `-config-dir=${files.services}`],
    log: files.log,
    ready: async (signal) => {
      await eventually(`Consul's ${name}`, async () => (await ask("GET", "/v1/status/peers")) ?? [], signal);
    },
  });
}
