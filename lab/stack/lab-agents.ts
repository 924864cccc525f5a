import { join } from "node:path";
import { FIREWALL_AGENT, type ServerCertificate, vaultServer } from "../../vault-config/servers.ts";
import type { Service } from "../../vault-config/services.ts";
import { startAgent, type AppRoleLogin } from "./agent.ts";
import { botIdentity, botToken, instanceIdentity, intermediateCrl, serverIdentity } from "./agent-config.ts";
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

/** Renders the bot's `bot/identity.pem` and `bot/<server>-token`, and keeps its own token in `bot/token`. */
export function startBotAgent(setting: AgentSetting, servers: ("consul" | "nomad")[] = []): Promise<Child> {
  const folder = join(setting.dir, "bot");
  return startAgent({
    ...common(setting),
    name: "certops-bot",
    role: "certops-bot",
    templates: [
      { destination: join(folder, "identity.pem"), contents: botIdentity },
      ...servers.map((server) => ({ destination: join(folder, `${server}-token`), contents: botToken(server) })),
    ],
    tokenFile: join(folder, "token"),
  });
}

/** Renders Vault's own certificate and has Vault load it. */
export function startVaultServerAgent(setting: AgentSetting): Promise<Child> {
  const { tls, pid } = setting.server.files;
  return startServerAgent(setting, vaultServer, tls, [pid]);
}

/**
 * Renders a server's own certificate, chain and key into one file, and has every process whose pid stands in one of
 * `pidFiles` load it by SIGHUP. One that does not run yet, or no longer, reads it when it starts.
 */
export function startServerAgent(
  setting: AgentSetting,
  certificate: ServerCertificate,
  destination: string,
  pidFiles: string[],
): Promise<Child> {
  // The pid files are arguments, not part of the script: no folder's name is ever read as shell.
  const reload = 'for file; do test -f "$file" && kill -HUP "$(cat "$file")"; done; true';
  return startAgent({
    ...common(setting),
    name: certificate.name,
    role: `agent-${certificate.name}`,
    templates: [
      { destination, contents: serverIdentity(certificate), command: ["sh", "-c", reload, "reload", ...pidFiles] },
    ],
  });
}

/**
 * Renders several servers' certificates, each into a file of its own, and the revocation list for all of them; leaves it
 * to them to see that it changed.
 */
export function startFirewallAgent(
  setting: AgentSetting,
  crl: string,
  files: { certificate: ServerCertificate; destination: string }[],
): Promise<Child> {
  const identities = files.map(({ certificate, destination }) => ({
    destination,
    contents: serverIdentity(certificate),
  }));
  return startAgent({
    ...common(setting),
    name: FIREWALL_AGENT,
    role: `agent-${FIREWALL_AGENT}`,
    templates: [{ destination: crl, contents: intermediateCrl }, ...identities],
  });
}

function common({ dir, program, server, login, spawn }: AgentSetting) {
  return { dir, program, login, spawn, vault: { address: server.address, caFile: server.files.ca } };
}
