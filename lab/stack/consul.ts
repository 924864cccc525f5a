import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { consulClient } from "../../vault-config/servers.ts";
import type { Ground } from "../ground.ts";
import { peerOf } from "../mesh-instances.ts";
import { HOST } from "../ports.ts";
import type { LabInstance, LabState, ZonedInstance } from "../state.ts";
import type { Supervisor } from "../supervise.ts";
import { takePower } from "./acl-bootstrap.ts";
import { type ConsulTokens, makeTokens } from "./consul-access.ts";
import { agentFiles, startConsulAgent } from "./consul-agent.ts";
import { type Ask, ConsulApi } from "./consul-api.ts";
import { ServiceDefinitions } from "./consul-catalog.ts";
import { clientConfig } from "./consul-config.ts";
import { apiAddress, startServers } from "./consul-servers.ts";
import { askChecks, askLeader, judge } from "./consul-status.ts";
import type { Program } from "./find-program.ts";
import { startServerAgent } from "./lab-agents.ts";

/** Who signs the mesh's certificates. */
export type ConnectCa = "vault" | "built-in";

/** Three servers and the client that everything on this machine speaks to. */
export interface ConsulCluster extends AsyncDisposable {
  /** The client's API, TLS. */
  readonly address: string;
  /** The client beside each of Nomad's: of two that share one, each takes the other's services for leftovers. */
  readonly besideNomad: string[];
  /** The root that verifies it. */
  readonly caFile: string;
  /** host:port, loopback, from which Envoys take their configuration. */
  readonly grpc: string;
  readonly program: Program;
  readonly connectCa: ConnectCa;
  /** ACL tokens, made at start, each with one narrow policy. */
  readonly tokens: Pick<ConsulTokens, "bot" | "nomad" | "cts" | "sidecars">;
  /** One call of Consul's API as the lab's supervisor may make it: JSON, or null for 404. */
  ask: Ask;
  /** The same for a status, which waits for no agent that hangs. */
  askBriefly: Ask;
  /** Puts an instance into the catalog with its check, or replaces it there. */
  register(instance: LabInstance | ZonedInstance): Promise<void>;
  /** Takes an instance that is gone, by its name, out of the catalog. */
  deregister(instance: string): Promise<void>;
  status(): Promise<ConsulStatus>;
}

export interface ConsulStatus {
  leader: string | null;
  servers: { name: string; alive: boolean; leader: boolean }[];
  /** By instance. */
  checks: Record<string, { status: "passing" | "warning" | "critical"; output: string }>;
  /** One sentence; null when all is well. */
  problem: string | null;
}

const CLIENT = "client";
const SECOND = "client-2";
const STATUS_MS = 1_000;

/** Resolves when there is a leader, every token is made and the client answers. Vault's root token is needed meanwhile. */
export async function startConsul(options: {
  state: LabState;
  program: Program;
  ground: Ground;
  supervisor: Supervisor;
  connectCa: ConnectCa;
  onProgress: (line: string) => void;
}): Promise<ConsulCluster> {
  const { state, program, ground, supervisor, connectCa, onProgress } = options;
  const { dir, ports } = state;
  const caFile = state.files.root;
  const identityFile = join(dir, "consul", "client.pem");
  const files = agentFiles(dir, CLIENT);
  const clients = [
    { name: CLIENT, own: ports.consul.client, files },
    ...(state.profile.includes("nomad")
      ? [{ name: SECOND, own: ports.consul.second, files: agentFiles(dir, SECOND) }]
      : []),
  ];
  onProgress("Starting Consul");
  await using owned = new AsyncDisposableStack();
  const api = owned.use(new ConsulApi(await readFile(caFile, "utf8")));
  const cluster = { ports: ports.consul, caFile, gossipKey: randomBytes(32).toString("base64") };
  const [servers] = await Promise.all([
    startServers(options, cluster, api),
    startServerAgent(
      ground.agents,
      consulClient,
      identityFile,
      clients.map((client) => client.files.pid),
    ),
  ]);

  const anyServer = apiAddress(ports.consul.servers[0]);
  const asked = (token?: string) => api.as({ address: anyServer, token });
  const management = await takePower("Consul's servers to elect a leader", asked);
  const tokens = await makeTokens(asked(management), {
    servers,
    clients: clients.map(({ name }) => name),
    firewall: state.firewall !== null,
  });
  await ground.server.asRoot.write("kv/data/certops-bot/consul", { data: { token: tokens.bot } });

  const address = apiAddress(ports.consul.client);
  const start = (client: (typeof clients)[number]) => {
    const agentToken = tokens.clients[client.name] ?? "";
    const config = clientConfig({
      ...cluster,
      ...client,
      identityFile,
      agentToken,
      registrationToken: tokens.registration,
    });
    const own = api.as({ address: apiAddress(client.own) });
    return startConsulAgent({ ...client, config, program, ask: own, spawn: supervisor.spawn });
  };
  const ask = api.as({ address, token: management });
  const briefly = (of: string, token?: string) => api.as({ address: of, token, deadlineMs: STATUS_MS });
  const catalog = new ServiceDefinitions(files, caFile, () => ask("PUT", "/v1/agent/reload"));
  const writeMesh = (status: "passing" | "critical") =>
    Promise.all(
      state.mesh.map((instance) => {
        const { service } = instance;
        return catalog.writeInMesh(instance, { peer: peerOf(service), token: tokens.sidecars[service] ?? "", status });
      }),
    );
  // Before it starts: an agent that is told to reload while it first finds its servers tells them nothing for half a minute.
  const offered = state.firewall?.services ?? state.instances;
  await Promise.all([...offered.map((instance) => catalog.write(instance)), writeMesh("critical")]);
  await Promise.all(clients.map(start));
  // For its next life, in which it has forgotten what it found: until it has looked again no call shall be refused for it.
  await writeMesh("passing");
  const kept = owned.move();
  return {
    address,
    besideNomad: clients.map(({ own }) => apiAddress(own)),
    caFile,
    grpc: `${HOST}:${ports.consul.client.grpc}`,
    program,
    connectCa,
    tokens,
    ask,
    register: (instance) => catalog.put(instance),
    deregister: (instance) => catalog.remove(instance),
    askBriefly: briefly(address, management),
    async status() {
      const [checks, ...asked] = await Promise.all([
        askChecks(clients.map(({ own }) => briefly(apiAddress(own), management))),
        ...servers.map((server) => askLeader(server, briefly(server.address))),
      ]);
      return judge(asked, checks);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
