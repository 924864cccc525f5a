import { HOST } from "../ports.ts";
import type { LabPorts } from "../state.ts";
import type { AgentFiles } from "./consul-agent.ts";

type ConsulPorts = LabPorts["consul"];

/** What all agents of one cluster share. */
export interface ClusterConfig {
  ports: ConsulPorts;
  /** The root that every agent trusts for a server's certificate. */
  caFile: string;
  /** 32 bytes, base64: what gossip is encrypted with. */
  gossipKey: string;
}

interface AgentConfig extends ClusterConfig {
  name: string;
  files: AgentFiles;
  /** Key, certificate and chain in one file, so that they always belong together. */
  identityFile: string;
  agentToken: string;
}

interface ServerConfig extends AgentConfig {
  own: ConsulPorts["servers"][number];
  connect: ConnectConfig;
}

/** Who signs the mesh's certificates, as Consul's file has it. */
export interface ConnectConfig {
  ca_provider: "vault" | "consul";
  ca_config: Record<string, string>;
}

interface ClientConfig extends AgentConfig {
  own: ConsulPorts["client"];
  /** With which it registers what stands in its folder of service definitions. */
  registrationToken: string;
}

/** One server's file, JSON, with secrets. */
export function serverConfig(config: ServerConfig): string {
  const { ports, own, caFile, identityFile, agentToken, connect } = config;
  return text({
    ...common(config),
    server: true,
    bootstrap_expect: ports.servers.length,
    ports: { ...closed, server: own.rpc, serf_lan: own.serf, serf_wan: -1, https: own.https },
    retry_join: serfAddresses(ports.servers.filter(({ serf }) => serf !== own.serf)),
    // The default is meant for slow networks: on one machine a new leader stands within a second or three.
    performance: { raft_multiplier: 1 },
    // A server that was killed comes back as who it was.
    autopilot: { cleanup_dead_servers: false },
    tls: {
      defaults: { ca_file: caFile, cert_file: identityFile, key_file: identityFile, verify_outgoing: true },
      internal_rpc: { verify_incoming: true, verify_server_hostname: true },
    },
    auto_encrypt: { allow_tls: true },
    acl: { ...acl, tokens: { agent: agentToken } },
    connect: { enabled: true, ...connect },
  });
}

/** A client's file, JSON, with secrets. */
export function clientConfig(config: ClientConfig): string {
  const { ports, own, caFile, identityFile, agentToken, registrationToken } = config;
  const { https, grpc, serf } = own;
  return text({
    ...common(config),
    server: false,
    // It asks for its first certificate before it has heard of any server by gossip, and supposes one port for all of them.
    ports: { ...closed, serf_lan: serf, https, grpc, server: ports.servers[0].rpc },
    retry_join: serfAddresses(ports.servers),
    tls: {
      defaults: { ca_file: caFile, verify_outgoing: true },
      internal_rpc: { verify_server_hostname: true },
      // For its API alone, whose callers so trust one root that stays. To the servers it shows what auto-encrypt got it.
      https: { cert_file: identityFile, key_file: identityFile },
    },
    auto_encrypt: { tls: true },
    acl: { ...acl, tokens: { agent: agentToken, config_file_service_registration: registrationToken } },
    // From files alone: nobody can have a script run through the API.
    enable_local_script_checks: true,
  });
}

function common({ name, files, gossipKey }: AgentConfig): object {
  return {
    node_name: name,
    datacenter: "dc1",
    data_dir: files.data,
    pid_file: files.pid,
    bind_addr: HOST,
    client_addr: HOST,
    encrypt: gossipKey,
    retry_interval: "250ms",
    // To stop is not to leave: the cluster goes as a whole, and what was killed comes back.
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    disable_update_check: true,
  };
}

const closed = { http: -1, dns: -1, grpc: -1, grpc_tls: -1 };
const acl = { enabled: true, default_policy: "deny" };

function serfAddresses(servers: { serf: number }[]): string[] {
  return servers.map(({ serf }) => `${HOST}:${serf}`);
}

function text(config: object): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}
