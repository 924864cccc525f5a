import { join } from "node:path";
import { HOST } from "../ports.ts";
import type { LabPorts } from "../state.ts";

type NomadPorts = LabPorts["nomad"];

/** Every file of one of Nomad's agents, inside the lab's folder. */
export interface NomadFiles {
  config: string;
  pid: string;
  data: string;
}

/** What all agents of one cluster share. */
export interface NomadCommon {
  ports: NomadPorts;
  /** The root that every agent trusts. */
  caFile: string;
  /** Key, certificate and chain in one file, so that they always belong together. */
  identityFile: string;
  vaultAddress: string;
  /** Where services are registered, when not with Nomad itself. */
  consul: { address: string; caFile: string; token: string } | null;
}

export function nomadFiles(dir: string, agent: string): NomadFiles {
  const home = join(dir, "nomad", agent);
  return { config: join(home, "agent.json"), pid: join(home, "nomad.pid"), data: join(home, "data") };
}

/** The server's file, JSON. */
export function nomadServerConfig(common: NomadCommon, files: NomadFiles): string {
  const { http, rpc, serf } = common.ports.server;
  return text({
    ...agent(common, files, { http, rpc, serf }),
    name: "nomad-server",
    server: {
      enabled: true,
      bootstrap_expect: 1,
      // The default is meant for slow networks: a server alone would wait seconds before it elects itself.
      raft_multiplier: 1,
      // A node that says nothing for this long, twice at most and this much grace, is down.
      min_heartbeat_ttl: "3s",
      heartbeat_grace: "4s",
    },
    vault: { ...vault(common), default_identity: { aud: ["vault.io"], ttl: "1h" } },
    consul: {
      ...consul(common),
      ...(common.consul && {
        service_identity: { aud: ["consul.io"], ttl: "1h" },
        task_identity: { aud: ["consul.io"], ttl: "1h" },
      }),
    },
  });
}

/** A client's file, JSON. */
export function nomadClientConfig(
  common: NomadCommon,
  files: NomadFiles,
  { name, ports }: { name: string; ports: NomadPorts["clients"][number] },
): string {
  const { server } = common.ports;
  return text({
    ...agent(common, files, { http: ports.http, rpc: ports.http, serf: ports.http }),
    name,
    client: {
      enabled: true,
      servers: [`${HOST}:${server.rpc}`],
      network_interface: "lo",
      min_dynamic_port: ports.firstDynamic,
      max_dynamic_port: ports.lastDynamic,
      // What a task asks for is also its weight against every other process of the machine: with little, it stands still
      // whenever that is busy. So each task asks for a lot, and each of the two nodes says to have it, whatever is there.
      cpu_total_compute: 16_000,
      memory_total_mb: 4_096,
      // Nothing is fetched, and no other driver is tried.
      artifact: { disable_artifact_inspection: true },
      options: {
        "driver.allowlist": "raw_exec",
        "fingerprint.denylist": [
          "bridge",
          "cni",
          "plugins_cni",
          ...["env_aws", "env_gce", "env_azure", "env_digitalocean"],
          ...(common.consul ? [] : ["consul"]),
        ].join(","),
      },
      template: {
        // However long Vault is sealed, the task lives on with what it has, and gets the next one when it is back.
        vault_retry: { attempts: 0, backoff: "250ms", max_backoff: "2s" },
        nomad_retry: { attempts: 0, backoff: "250ms", max_backoff: "2s" },
        consul_retry: { attempts: 0, backoff: "250ms", max_backoff: "2s" },
        max_stale: "0s",
      },
    },
    plugin: [{ raw_exec: [{ config: [{ enabled: true }] }] }],
    vault: { ...vault(common), jwt_auth_backend_path: "jwt-nomad" },
    consul: consul(common),
  });
}

function agent(
  { caFile, identityFile }: NomadCommon,
  { data }: NomadFiles,
  ports: { http: number; rpc: number; serf: number },
): object {
  return {
    region: "global",
    datacenter: "dc1",
    data_dir: data,
    bind_addr: HOST,
    ports,
    advertise: { http: `${HOST}:${ports.http}`, rpc: `${HOST}:${ports.rpc}`, serf: `${HOST}:${ports.serf}` },
    acl: { enabled: true },
    tls: {
      http: true,
      rpc: true,
      ca_file: caFile,
      cert_file: identityFile,
      key_file: identityFile,
      verify_server_hostname: true,
      verify_https_client: false,
    },
    // On a machine at the brim five seconds, the default, are soon over.
    limits: { https_handshake_timeout: "30s" },
    // Jobs are stopped before the agents are: to stop is not to leave.
    leave_on_interrupt: false,
    leave_on_terminate: false,
    disable_update_check: true,
    log_level: "INFO",
  };
}

function vault({ vaultAddress, caFile }: NomadCommon): object {
  return { enabled: true, address: vaultAddress, ca_file: caFile };
}

function consul({ consul: catalog }: NomadCommon): object {
  const quiet = { auto_advertise: false, server_auto_join: false, client_auto_join: false };
  if (catalog === null) return quiet;
  const { address, caFile, token } = catalog;
  return { ...quiet, address: new URL(address).host, ssl: true, verify_ssl: true, ca_file: caFile, token };
}

function text(config: object): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}
