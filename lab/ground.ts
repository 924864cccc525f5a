import { randomBytes } from "node:crypto";
import { z } from "zod";
import { apply } from "../vault-config/apply.ts";
import { createRoot } from "../vault-config/ceremony.ts";
import { desiredObjects } from "../vault-config/desired.ts";
import { jwksUrl } from "../vault-config/nomad.ts";
import { Problem } from "../vault-config/problem.ts";
import { type Service, services } from "../vault-config/services.ts";
import { connectVault } from "../vault-config/vault.ts";
import { firewallServers } from "./firewall/zones.ts";
import type { OwnSlack } from "./own-slack.ts";
import { type AgentSetting, startBotAgent, startInstanceAgent, startVaultServerAgent } from "./stack/lab-agents.ts";
import type { VaultProgram } from "./stack/program.ts";
import { supervisorAccess } from "./stack/supervisor-access.ts";
import { startVault, type VaultServer } from "./stack/vault-server.ts";
import type { LabInstance, LabState } from "./state.ts";
import type { Supervisor } from "./supervise.ts";

const generationsReply = z
  .object({ data: z.record(z.string(), z.string()), metadata: z.object({ version: z.number() }) })
  .transform(({ data, metadata }) => ({ generations: data, version: metadata.version }));

/** Everything the lab stands on: the PKI, Vault, and what the supervisor may do there once nobody is root any more. */
export interface Ground extends AsyncDisposable {
  /** With its root token until `revokeRoot`: what Vault holds for Consul and Nomad is written meanwhile. */
  readonly server: VaultServer;
  /** With which a server's agent is started. */
  readonly agents: AgentSetting;
  /** From then on nobody holds all the power. */
  revokeRoot(): Promise<void>;
  startAgent(instance: LabInstance): Promise<void>;
  startBotAgent(): Promise<void>;
  /** A leaf of three seconds with the instance's present generation: key, certificate, chain. */
  issueShortLeaf(instance: LabInstance): Promise<string>;
  /** Writes a new generation for every instance of the service. */
  rotate(service: string): Promise<void>;
  /** One sentence, or null when Vault is up and unsealed. */
  vaultProblem(): Promise<string | null>;
}

/** The name of the child that renders an instance's identity. */
export function agentOf(instance: string): string {
  return `agent ${instance}`;
}

export async function startGround(options: {
  state: LabState;
  program: VaultProgram;
  supervisor: Supervisor;
  ownSlack: OwnSlack | undefined;
  onProgress: (line: string) => void;
  onEvent: (line: string) => void;
}): Promise<Ground> {
  const { state, program, supervisor, ownSlack, onProgress, onEvent } = options;
  const { dir, ports } = state;
  onProgress("Making the root, starting Vault");
  const root = await createRoot(Date.now);
  const spawn = supervisor.spawn;
  const server = await startVault({ dir, port: ports.vault, clusterPort: ports.vaultCluster, program, root, spawn });

  onProgress("Configuring Vault");
  await apply({
    vault: server.asRoot,
    desired: desiredObjects({
      address: server.address,
      lab: true,
      auditFile: state.files.vaultAudit,
      consul: state.urls.consul !== undefined,
      ...(state.firewall && { firewall: firewallServers }),
      ...(state.urls.nomad !== undefined && {
        nomad: { jwksUrl: jwksUrl(state.urls.nomad), caPem: root.certificatePem },
      }),
    }),
    sign: (csr) => root.signIntermediate(csr),
    now: Date.now(),
  });
  root.drop();
  await server.asRoot.write("kv/data/certops-bot/slack", {
    data: ownSlack
      ? { bot_token: ownSlack.botToken, app_token: ownSlack.appToken }
      : { bot_token: state.slack.botToken, signing_secret: state.slack.signingSecret },
  });
  const access = await supervisorAccess(server, (error) => onEvent(`the supervisor's token: ${String(error)}`));

  const setting = { dir, program, server, login: access, spawn };
  const anyone = connectVault({ address: server.address, ca: root.certificatePem, deadlineMs: 1_000 });
  await startVaultServerAgent(setting);
  return {
    server,
    agents: setting,
    revokeRoot: () => server.revokeRoot(),
    async startAgent({ service, instance }) {
      await startInstanceAgent(setting, serviceNamed(service), instance);
    },
    async startBotAgent() {
      const { consul, nomad } = state.urls;
      await startBotAgent(setting, [...(consul ? (["consul"] as const) : []), ...(nomad ? (["nomad"] as const) : [])]);
    },
    async issueShortLeaf({ service, instance }) {
      const { generations } = await readGenerations(service);
      return access.issueShortLeaf(serviceNamed(service), generations[instance] ?? "g0");
    },
    async rotate(service) {
      const { generations, version } = await readGenerations(service);
      const next = `r-${randomBytes(4).toString("hex")}`;
      const data = Object.fromEntries(Object.keys(generations).map((instance) => [instance, next]));
      await access.vault.write(`kv/data/certops/${service}`, { data, options: { cas: version } });
    },
    async vaultProblem() {
      const health = await anyone.read("sys/health").catch(() => null);
      if (health === null) return "Vault does not answer.";
      return health["sealed"] === true ? "Vault is sealed." : null;
    },
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };

  async function readGenerations(service: string) {
    const found = await access.vault.read(`kv/data/certops/${serviceNamed(service).name}`);
    return generationsReply.parse(found);
  }
}

function serviceNamed(name: string): Service {
  const found = services.find((service) => service.name === name);
  if (found !== undefined) return found;
  const known = services.map((service) => service.name).join(", ");
  throw new Problem("UNKNOWN_SERVICE", `The lab has no service "${name}".`, `There are: ${known}.`);
}
