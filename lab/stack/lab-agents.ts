import { join } from "node:path";
import type { Service } from "../../vault-config/services.ts";
import { startAgent, type AppRoleLogin } from "./agent.ts";
import { botIdentity, instanceIdentity, intermediateCrl, vaultIdentity } from "./agent-config.ts";
import type { VaultProgram } from "./program.ts";
import type { VaultServer } from "./vault-server.ts";
import type { Child, Spawn } from "../supervise.ts";

/** What all agents of one lab share. */
export interface AgentSetting {
  /** The lab's folder. */
  dir: string;
  program: VaultProgram;
  server: VaultServer;
  login: AppRoleLogin;
  spawn: Spawn;
}

/** Lifetime of an instance's leaf: short enough to watch it renew itself. */
const INSTANCE_TTL = "2m";

/** Renders `instances/<instance>/identity.pem` and `intermediate.crl`. */
export function startInstanceAgent(setting: AgentSetting, service: Service, instance: string): Promise<Child> {
  const folder = join(setting.dir, "instances", instance);
  return startAgent({
    ...common(setting),
    name: instance,
    role: `agent-${service.name}`,
    templates: [
      { destination: join(folder, "identity.pem"), contents: instanceIdentity(service, instance, INSTANCE_TTL) },
      { destination: join(folder, "intermediate.crl"), contents: intermediateCrl },
    ],
  });
}

/** Renders the bot's `bot/identity.pem` and keeps its token in `bot/token`. */
export function startBotAgent(setting: AgentSetting): Promise<Child> {
  const folder = join(setting.dir, "bot");
  return startAgent({
    ...common(setting),
    name: "certops-bot",
    role: "certops-bot",
    templates: [{ destination: join(folder, "identity.pem"), contents: botIdentity }],
    tokenFile: join(folder, "token"),
  });
}

/** Renders Vault's own certificate from the intermediate and has Vault load it. */
export function startVaultServerAgent(setting: AgentSetting): Promise<Child> {
  const { tls, pid } = setting.server.files;
  return startAgent({
    ...common(setting),
    name: "vault-server",
    role: "agent-vault-server",
    // The pid file is an argument, not part of the script: no folder's name is ever read as shell.
    templates: [
      { destination: tls, contents: vaultIdentity, command: ["sh", "-c", 'kill -HUP "$(cat "$1")"', "reload", pid] },
    ],
  });
}

function common({ dir, program, server, login, spawn }: AgentSetting) {
  return { dir, program, login, spawn, vault: { address: server.address, caFile: server.files.ca } };
}
