import { writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { stringify } from "yaml";
import { vaultNames } from "../vault-config/services.ts";
import type { OwnSlack } from "./own-slack.ts";
import type { LabInstance, LabState } from "./state.ts";

const head = "# Written by the lab for its own bot. For a real one, begin with bot/certops.example.yaml.\n";

const owners: Record<string, string> = { "service-a": "payments", "service-b": "ledger" };

/** Writes the bot's certops.yaml. Its paths are relative to it. */
export async function writeBotConfig(
  state: LabState,
  own: OwnSlack | undefined,
  edit: (config: Record<string, unknown>) => Record<string, unknown> = (config) => config,
): Promise<void> {
  await writeFile(state.files.certopsYaml, head + stringify(edit(botConfig(state, own))), { mode: 0o600 });
}

function botConfig(state: LabState, own: OwnSlack | undefined): Record<string, unknown> {
  const from = dirname(state.files.certopsYaml);
  const path = (file: string) => relative(from, file);
  const channel = own?.channel ?? state.slack.channel.id;
  const vault = new URL(state.urls.vault);
  const vaultPath = "kv/certops-bot/slack";
  return {
    http: { host: "127.0.0.1", port: state.ports.bot },
    data: "./",
    slack: own
      ? { channel, mode: "socket", vaultPath }
      : { channel, mode: "http", apiUrl: `${state.urls.slack}/api/`, vaultPath },
    vault: { address: state.urls.vault, caFile: path(state.files.root), tokenFile: "token", pkiMount: "pki" },
    identity: { file: "identity.pem", caFile: path(state.files.root), rootCrlFile: path(state.files.rootCrl) },
    evidence: { vaultAudit: path(state.files.vaultAudit) },
    probe: { every: "5s", deadline: "3s" },
    expiring: { within: "20%" },
    history: { keep: "24h" },
    digest: { cron: "0 9 * * 1-5", timezone: "Europe/Madrid", channel },
    roles: { approver: own ? { users: own.approvers, groups: [] } : { users: [], groups: ["S0PLATFORM"] } },
    services: Object.fromEntries(
      Object.entries(Object.groupBy(state.instances, ({ service }) => service)).map(([service, instances = []]) => [
        service,
        managedService(service, instances, (instance) => path(join(state.dir, "agents", instance, "agent.log"))),
      ]),
    ),
    endpoints: [{ host: vault.hostname, port: Number(vault.port), serverName: vaultNames.common, protocol: "https" }],
  };
}

function managedService(service: string, instances: LabInstance[], agentLog: (instance: string) => string) {
  return {
    owner: owners[service] ?? "platform",
    names: [...new Set(instances.map(({ serverName }) => serverName))],
    issuer: { mount: "pki", role: service },
    ttl: "2m",
    key: "EC P-256",
    renewBefore: "20%",
    deployment: { kind: "vault-agent", mount: "kv", path: `certops/${service}` },
    approval: { role: "approver", deadline: "1h" },
    rollout: "all",
    endpoints: instances.map(({ instance, host, port, serverName, adminPort }) => ({
      instance,
      host,
      port,
      serverName,
      admin: `http://${host}:${adminPort}`,
      agentLog: agentLog(instance),
    })),
  };
}
