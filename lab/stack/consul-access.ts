import { randomUUID } from "node:crypto";
import { z } from "zod";
import { services } from "../../vault-config/services.ts";
import { tokenReply } from "./acl-bootstrap.ts";
import type { Ask } from "./consul-api.ts";
import type { ConsulServer } from "./consul-servers.ts";

const DATACENTER = "dc1";
/** Where the lock stands that whoever changes the firewall holds. */
export const GATE_KEY = "certops/firewall-gate";
const SERVICE_NAMES = services.map(({ name }) => name);

const idReply = z.object({ ID: z.string() });

/** What each holder of a token may do, beside what its identities allow. */
interface Grant {
  name: string;
  rules?: string;
  nodes?: string[];
  services?: string[];
}

/** Writes the firewall's approved rules, holding the lock before which nobody else may. */
const botFirewallRules = `
key_prefix "firewall/" { policy = "write" }
key "${GATE_KEY}" { policy = "write" }
session_prefix "" { policy = "write" }
`;

/** What Consul-Terraform-Sync looks at. */
const ctsRules = `
key_prefix "firewall/" { policy = "read" }
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
`;

/** Reads the whole catalog; decides who may call the lab's services, and nothing else. */
const botRules = `
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
${SERVICE_NAMES.map((name) => `service "${name}" {\n  policy = "read"\n  intentions = "write"\n}`).join("\n")}
`;

/** As Nomad's documentation asks for its agents: they look for one another, and keep the lab's services registered. */
const nomadRules = `
agent_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
service_prefix "nomad" { policy = "write" }
${SERVICE_NAMES.map((name) => `service "${name}" { policy = "write" }`).join("\n")}
`;

export interface ConsulTokens {
  bot: string;
  nomad: string;
  /** null where there is no firewall. */
  cts: string | null;
  sidecars: Record<string, string>;
  /** For the service definitions in the client's folder. */
  registration: string;
  /** Each client's own, by its name. */
  clients: Record<string, string>;
}

/** Makes every token of the lab, each server's with the secret that its file already has. */
export async function makeTokens(
  ask: Ask,
  { servers, clients, firewall }: { servers: ConsulServer[]; clients: string[]; firewall: boolean },
): Promise<ConsulTokens> {
  const [bot, nomad, cts, registration, byClient, sidecars] = await Promise.all([
    makeToken(ask, { name: "certops-bot", rules: firewall ? botRules + botFirewallRules : botRules }),
    makeToken(ask, { name: "nomad", rules: nomadRules }),
    firewall ? makeToken(ask, { name: "cts", rules: ctsRules }) : null,
    makeToken(ask, { name: "lab-registration", services: SERVICE_NAMES }),
    byName(clients, (name) => makeToken(ask, { name: `agent-${name}`, nodes: [name] })),
    byName(SERVICE_NAMES, (name) => makeToken(ask, { name: `sidecar-${name}`, services: [name] })),
    ...servers.map(({ name, agentToken }) => makeToken(ask, { name: `agent-${name}`, nodes: [name] }, agentToken)),
  ]);
  return { bot, nomad, cts, registration, clients: byClient, sidecars };
}

async function byName(names: string[], make: (name: string) => Promise<string>): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await make(name)] as const)));
}

async function makeToken(ask: Ask, grant: Grant, secret: string = randomUUID()): Promise<string> {
  const { name, rules, nodes = [], services: names = [] } = grant;
  const policies = rules === undefined ? [] : [await makePolicy(ask, name, rules)];
  const made = await ask("PUT", "/v1/acl/token", {
    SecretID: secret,
    Description: name,
    Policies: policies,
    NodeIdentities: nodes.map((NodeName) => ({ NodeName, Datacenter: DATACENTER })),
    ServiceIdentities: names.map((ServiceName) => ({ ServiceName })),
  });
  return tokenReply.parse(made).SecretID;
}

async function makePolicy(ask: Ask, name: string, rules: string): Promise<{ ID: string }> {
  return idReply.parse(await ask("PUT", "/v1/acl/policy", { Name: name, Rules: rules }));
}
