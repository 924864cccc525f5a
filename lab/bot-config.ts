import { writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { stringify } from "yaml";
import { type Service, services, vaultNames } from "../vault-config/services.ts";
import { botSection } from "./firewall/bot-section.ts";
import type { OwnSlack } from "./own-slack.ts";
import type { LabState } from "./state.ts";

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
  const stepUp = state.stepUp ? { stepUp: "passkey" } : {};
  const { consul, nomad } = state.urls;
  const server = (name: string, address: string) => ({
    [name]: { address, caFile: path(state.files.root), tokenFile: `${name}-token` },
  });
  return {
    http: {
      host: "127.0.0.1",
      port: state.ports.bot,
      ...(state.stepUp && { publicUrl: `http://localhost:${state.ports.bot}` }),
    },
    data: "./",
    slack: own
      ? { channel, mode: "socket", vaultPath }
      : { channel, mode: "http", apiUrl: `${state.urls.slack}/api/`, vaultPath },
    vault: { address: state.urls.vault, caFile: path(state.files.root), tokenFile: "token", pkiMount: "pki" },
    ...(consul && server("consul", consul)),
    ...(nomad && server("nomad", nomad)),
    identity: { file: "identity.pem", caFile: path(state.files.root), rootCrlFile: path(state.files.rootCrl) },
    evidence: { vaultAudit: path(state.files.vaultAudit) },
    probe: { every: "5s", deadline: "3s" },
    // The agents renew with some ten percent left.
    expiring: { within: "20%", notices: ["4%"] },
    history: { keep: "24h" },
    digest: { cron: "0 9 * * 1-5", timezone: "Europe/Madrid", channel },
    picture: { cron: "0 9 * * 1", timezone: "Europe/Madrid", channel },
    ...(own ? { roles: { approver: { users: own.approvers, groups: [] } } } : deciding(stepUp)),
    services: Object.fromEntries(
      services.map((service) => {
        const ledgers = own ? { ...inShort, ...stepUp } : { policy: "ledger" };
        const approval = service.name === "service-b" ? ledgers : inShort;
        return [service.name, { ...managedService(state, service, path), approval }];
      }),
    ),
    ...(state.profile.includes("connect") && { mesh }),
    ...(state.stepUp && { passkeys: { approval: { role: "approver", deadline: "1h" } } }),
    ...botSection(state),
    endpoints: [{ host: vault.hostname, port: Number(vault.port), serverName: vaultNames.common, protocol: "https" }],
    catalogs: behindFirewall(state),
  };
}

const inShort = { role: "approver", deadline: "1h" };

/** Who decides among the stand-in's people: in short for most, by a policy with all its stages for service-b. */
const deciding = (stepUp: { stepUp?: string }) => ({
  roles: {
    approver: { users: [], groups: ["S0PLATFORM"] },
    lead: { users: ["U0DANA"], groups: [] },
    "on-call": { users: [], groups: [], rotas: ["platform"] },
  },
  rotas: {
    platform: { people: ["U0BEN", "U0CHEN"], start: "2026-01-05T09:00", timezone: "Europe/Madrid", turn: "7d" },
  },
  policies: {
    ledger: {
      approve: "approver",
      deadline: "1h",
      remind: "10m",
      escalate: [{ role: "lead", deadline: "30m" }],
      breakGlass: "on-call",
      ...stepUp,
    },
  },
});

/** What the bot watches on other hosts: where they are Consul says; it sees nothing of them until somebody lets it through. */
function behindFirewall({ firewall }: LabState) {
  const services = firewall?.services ?? [];
  return services.map(({ service, serverName }) => ({ kind: "consul", service, tag: "mtls", serverName }));
}

/** A page of the app behind each sidecar makes the call; where it listens stands in Consul. */
const callPage = { tag: "mesh", path: "/w-mtls" };

const mesh = {
  services: services.map(({ name }) => name),
  approval: inShort,
  probes: [
    { source: "service-a", destination: "service-b", ...callPage },
    { source: "service-b", destination: "service-a", ...callPage },
  ],
};

function managedService(state: LabState, { name, serverName }: Service, path: (file: string) => string) {
  return {
    owner: owners[name] ?? "platform",
    names: [serverName],
    issuer: { mount: "pki", role: name },
    ttl: "2m",
    key: "EC P-256",
    renewBefore: "20%",
    deployment: state.urls.nomad
      ? { kind: "nomad", job: name }
      : { kind: "vault-agent", mount: "kv", path: `certops/${name}` },
    rollout: "all",
    ...instancesOf(state, name, path),
  };
}

/** As a catalog lists them, where there is one; the log of an agent only where there are agents. */
function instancesOf(state: LabState, service: string, path: (file: string) => string) {
  const { nomad } = state.urls;
  const consul = state.profile.includes("connect");
  const agentLog = (instance: string) => path(join(state.dir, "agents", instance, "agent.log"));
  if (consul || nomad) {
    const catalog = { kind: consul ? "consul" : "nomad", service, tag: "mtls" };
    return { catalog: nomad ? catalog : { ...catalog, agentLog: agentLog("{instance}") } };
  }
  return {
    endpoints: state.instances
      .filter((one) => one.service === service)
      .map(({ instance, host, port, serverName, adminPort }) => ({
        instance,
        host,
        port,
        serverName,
        admin: `http://${host}:${adminPort}`,
        agentLog: agentLog(instance),
      })),
  };
}
