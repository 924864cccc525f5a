import { vaultNames } from "./services.ts";

/** A server whose own certificate an agent renders. Its PKI role is `name`, its agent's AppRole and policy `agent-<name>`. */
export interface ServerCertificate {
  name: string;
  common: string;
  /** Every name it is reached by, the common one included. */
  dns: string[];
  ip: string;
  /** Whether it shows its certificate to its peers as well. */
  client: boolean;
}

export interface ServerOptions {
  nomad?: unknown;
  consul?: boolean;
}

export const vaultServer: ServerCertificate = { name: "vault-server", ...vaultNames, client: false };

export const consulServer: ServerCertificate = peer("consul-server", "server.dc1.consul");
/** For its API alone: to the servers it shows a certificate of Connect's. */
export const consulClient: ServerCertificate = { ...peer("consul-client", "client.dc1.consul"), client: false };
export const nomadServer: ServerCertificate = peer("nomad-server", "server.global.nomad");
export const nomadClient: ServerCertificate = peer("nomad-client", "client.global.nomad");

/** Those of one Vault: its own, and what stands beside it. */
export function serverCertificates({ nomad, consul = false }: ServerOptions): ServerCertificate[] {
  return [
    vaultServer,
    ...(consul ? [consulServer, consulClient] : []),
    ...(nomad === undefined ? [] : [nomadServer, nomadClient]),
  ];
}

/** Both ends of a connection between servers verify that name: the region or the datacenter stands in it. */
function peer(name: string, common: string): ServerCertificate {
  return { name, common, dns: [common, "localhost"], ip: vaultNames.ip, client: true };
}
