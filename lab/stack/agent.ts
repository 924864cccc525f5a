import { mkdir, open, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Child, Spawn } from "../supervise.ts";
import { agentAlarm } from "./agent-alarm.ts";
import { agentConfig, type AgentTemplate } from "./agent-config.ts";
import type { VaultProgram } from "./program.ts";

const POLL_MS = 50;

/** How an agent gets its first secret: read and minted with somebody else's narrow token. */
export interface AppRoleLogin {
  roleId(role: string): Promise<string>;
  /** A token that opens once and gives the secret id. */
  wrapSecretId(role: string): Promise<string>;
}

interface AgentOptions {
  /** Also its folder under `agents/`. */
  name: string;
  role: string;
  /** The lab's folder. */
  dir: string;
  program: VaultProgram;
  vault: { address: string; caFile: string };
  login: AppRoleLogin;
  templates: AgentTemplate[];
  tokenFile?: string;
  spawn: Spawn;
}

/**
 * Starts an agent and waits for its files. Each start, a restart too, logs in with a secret id of its own; a `Problem`
 * with code `WRAP_ALREADY_OPENED` when somebody else opened it.
 */
export async function startAgent(options: AgentOptions): Promise<Child> {
  const { name, role, dir, program, vault, login, templates, tokenFile, spawn } = options;
  const home = join(dir, "agents", name);
  const config = join(home, "agent.hcl");
  const log = join(home, "agent.log");
  const roleIdFile = join(home, "role-id");
  const wrappedSecretIdFile = join(home, "wrapped-secret-id");
  const sink = tokenFile === undefined ? {} : { tokenFile };
  const outputs = [...templates.map(({ destination }) => destination), ...Object.values(sink)];
  for (const folder of new Set([home, ...outputs.map(dirname)])) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await secretFile(config, agentConfig({ role, vault, roleIdFile, wrappedSecretIdFile, templates, ...sink }));

  let logStart = 0;
  return spawn({
    name: `agent ${name}`,
    command: program.path,
    args: ["agent", `-config=${config}`],
    log,
    async before() {
      logStart = await sizeOf(log);
      await secretFile(roleIdFile, await login.roleId(role));
      await secretFile(wrappedSecretIdFile, await login.wrapSecretId(role));
    },
    async ready(signal) {
      while (!(await loggedIn(log, logStart, name))) await delay(POLL_MS, undefined, { signal });
      for (const output of outputs) {
        while ((await sizeOf(output)) === 0) await delay(POLL_MS, undefined, { signal });
      }
    },
  });
}

/** Reads what the agent said since it was started. Throws the alarm it raised, if it raised one. */
async function loggedIn(log: string, from: number, agent: string): Promise<boolean> {
  await using file = await open(log, "r");
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(65_536), position: from });
  for (const line of buffer.toString("utf8", 0, bytesRead).split("\n")) {
    if (line.includes("authentication successful")) return true;
    const alarm = agentAlarm(line, agent);
    if (alarm !== null) throw alarm;
  }
  return false;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.size ?? 0;
}

async function secretFile(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
}
