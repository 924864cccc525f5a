import { vaultNames } from "./services.ts";

/** A server whose own certificate an agent renders. Its PKI role is `name`. */
export interface ServerCertificate {
  name: string;
  common: string;
  /** Every name it is reached by, the common one included. */
  dns: string[];
  ip: string;
  /** Whether it shows its certificate to its peers as well. */
  client: boolean;
  /** Its agent's AppRole and policy are `agent-<agent>`: `name` when left out, another where one agent renders several. */
  agent?: string;
  /** Whether it looks its callers' certificates up in the intermediate's revocation list. */
  checksRevocation?: boolean;
}

/** Where the servers around a firewall are asked: the prober of each zone, and the reader of the router's counters. */
export interface FirewallServers {
  probers: { zone: string; ip: string }[];
  reader: { ip: string };
}

export interface ServerOptions {
  nomad?: unknown;
  consul?: boolean;
  firewall?: FirewallServers;
}

/** One agent renders all of a firewall's. */
export const FIREWALL_AGENT = "firewall";

export const vaultServer: ServerCertificate = { name: "vault-server", ...vaultNames, client: false };

export const consulServer: ServerCertificate = peer("consul-server", "server.dc1.consul");
/** For its API alone: to the servers it shows a certificate of Connect's. */
export const consulClient: ServerCertificate = { ...peer("consul-client", "client.dc1.consul"), client: false };
export const nomadServer: ServerCertificate = peer("nomad-server", "server.global.nomad");
export const nomadClient: ServerCertificate = peer("nomad-client", "client.global.nomad");

/** Consul-Terraform-Sync, for its API; to itself it shows it as well, to see whether it answers. */
export const ctsServer: ServerCertificate = { ...peer("cts", "cts.certops.test"), agent: FIREWALL_AGENT };
export const routerReader = ({ ip }: { ip: string }): ServerCertificate => beside("router-reader", ip);
export const prober = ({ zone, ip }: { zone: string; ip: string }): ServerCertificate => beside(`prober-${zone}`, ip);

/** Those of one Vault: its own, and what stands beside it. */
export function serverCertificates({ nomad, consul = false, firewall }: ServerOptions): ServerCertificate[] {
  return [
    vaultServer,
    ...(consul ? [consulServer, consulClient] : []),
    ...(nomad === undefined ? [] : [nomadServer, nomadClient]),
    ...(firewall ? [ctsServer, ...firewall.probers.map(prober), routerReader(firewall.reader)] : []),
  ];
}

/** Both ends of a connection between servers verify that name: the region or the datacenter stands in it. */
function peer(name: string, common: string): ServerCertificate {
  return { name, common, dns: [common, "localhost"], ip: vaultNames.ip, client: true };
}

function beside(name: string, ip: string): ServerCertificate {
  const common = `${name}.certops.test`;
  return { name, common, dns: [common], ip, client: false, agent: FIREWALL_AGENT, checksRevocation: true };
}

/** Who renders it. */
export function agentName({ name, agent = name }: ServerCertificate): string {
  return `agent-${agent}`;
}
