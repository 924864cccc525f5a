import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { replaceFile } from "./replace-file.ts";

const port = z.number().int().min(1).max(65_535);

/** A child of the lab's supervisor, or an allocation of Nomad's, by the name of its node. */
const runsInSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("process") }),
  z.object({ kind: z.literal("nomad"), allocation: z.string(), node: z.string() }),
]);

export const instanceSchema = z.object({
  service: z.string(),
  instance: z.string(),
  host: z.string(),
  port,
  /** The DNS name in its certificate. */
  serverName: z.string(),
  adminPort: port,
  identityFile: z.string(),
  runsIn: runsInSchema,
});

/**
 * One on a host of its own, behind the lab's router. Its `host` and `port` are of this machine, and lead into that host's
 * zone; `address` and `servesAt` are what other hosts call.
 */
export const zonedInstanceSchema = instanceSchema.extend({
  on: z.enum(["application", "database"]),
  address: z.string(),
  servesAt: port,
});

/** One that speaks plain HTTP on loopback alone, behind an Envoy of its own. */
const meshInstanceSchema = z.object({
  service: z.string(),
  instance: z.string(),
  host: z.string(),
  /** Where it is served without TLS, to its sidecar. */
  port,
  adminPort: port,
  /** Where its sidecar takes the mesh's mTLS. */
  sidecarPort: port,
  envoyAdminPort: port,
  /** Where its sidecar takes its plain calls to the other service. */
  upstreamPort: port,
  runsIn: runsInSchema,
});

const meshPortsSchema = z.object({
  port,
  adminPort: port,
  sidecarPort: port,
  envoyAdminPort: port,
  upstreamPort: port,
});

const consulServerPorts = z.object({ rpc: port, serf: port, https: port });

export const portsSchema = z.object({
  vault: port,
  vaultCluster: port,
  instances: z.record(z.string(), z.object({ port, adminPort: port })),
  bot: port,
  slack: port,
  console: port,
  traffic: port,
  /** `grpc`: loopback, from which Envoys take their configuration. `second`: beside the second of Nomad's clients. */
  consul: z.object({
    servers: z.tuple([consulServerPorts, consulServerPorts, consulServerPorts]),
    client: z.object({ serf: port, https: port, grpc: port }),
    second: z.object({ serf: port, https: port, grpc: port }),
  }),
  nomad: z.object({
    server: z.object({ http: port, rpc: port, serf: port }),
    clients: z.array(z.object({ http: port, firstDynamic: port, lastDynamic: port })),
  }),
  /** By instance, where it is a process. */
  mesh: z.record(z.string(), meshPortsSchema),
  /** CTS, and by instance those behind the router. */
  firewall: z.object({ cts: port, instances: z.record(z.string(), z.object({ port, adminPort: port })) }),
});

/** Of a host: `pid` is of a process on it, whose namespaces others can enter. */
const hostSchema = z.object({
  name: z.string(),
  zone: z.string(),
  network: z.string(),
  addresses: z.array(z.string()),
  pid: z.number().nullable(),
});

export const firewallSchema = z.object({
  hosts: z.array(hostSchema),
  router: z.object({ pid: z.number().nullable() }),
  services: z.array(zonedInstanceSchema),
  /** The real Consul-Terraform-Sync, or the lab's stand-in. */
  cts: z.object({ kind: z.enum(["real", "stand-in"]), version: z.string() }),
});

export const stateSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  dir: z.string(),
  startedAt: z.number(),
  supervisor: z.object({ pid: z.number(), startTime: z.string(), detached: z.boolean() }),
  /** `default` alone, or what takes its place. */
  profile: z.array(z.enum(["default", "nomad", "connect", "firewall"])),
  /** Who signs the mesh's certificates, where there is one. */
  connectCa: z.enum(["vault", "built-in"]),
  /** Whether approving a renewal of service-b takes a passkey. */
  stepUp: z.boolean(),
  urls: z.object({
    vault: z.string(),
    bot: z.string(),
    slack: z.string(),
    console: z.string(),
    consul: z.string().optional(),
    nomad: z.string().optional(),
    cts: z.string().optional(),
  }),
  ports: portsSchema,
  files: z.object({
    root: z.string(),
    rootCrl: z.string(),
    vaultAudit: z.string(),
    certopsYaml: z.string(),
    botSocket: z.string(),
    control: z.string(),
    /** host:port of every instance, one a line, by service: kept up to date for who calls them. */
    addresses: z.record(z.string(), z.string()),
  }),
  slack: z.object({
    signingSecret: z.string(),
    botToken: z.string(),
    consoleToken: z.string(),
    channel: z.object({ id: z.string(), name: z.string() }),
    /** Whether the bot speaks in a Slack of the user's own, beside the stand-in. */
    own: z.boolean(),
  }),
  /** As they are now: under Nomad they come and go. */
  instances: z.array(instanceSchema),
  mesh: z.array(meshInstanceSchema),
  /** null where the lab has no network of its own. */
  firewall: firewallSchema.nullable(),
  traffic: z.object({ adminPort: port }),
  programs: z.object({
    vault: z.object({ kind: z.enum(["openbao", "vault"]), version: z.string(), path: z.string() }),
  }),
});

/** Everything about a running lab, secrets included: it is kept in a file only its owner can read. Times in epoch ms. */
export type LabState = z.infer<typeof stateSchema>;
export type LabInstance = z.infer<typeof instanceSchema>;
export type ZonedInstance = z.infer<typeof zonedInstanceSchema>;
export type FirewallState = z.infer<typeof firewallSchema>;
export type MeshInstance = z.infer<typeof meshInstanceSchema>;
export type Profile = LabState["profile"][number];
export type LabPorts = z.infer<typeof portsSchema>;

/** Tells everybody who looks for a lab in its folder that it is up, and how it is now. */
export async function writeState(state: LabState): Promise<void> {
  await replaceFile(stateFile(state.dir), `${JSON.stringify(state, null, 2)}\n`);
}

/** null when no lab was started in `dir`, or what is there is no state of this version. */
export async function readState(dir: string): Promise<LabState | null> {
  const text = await readFile(stateFile(dir), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return stateSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function stateFile(dir: string): string {
  return join(dir, "state.json");
}
