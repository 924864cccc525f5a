import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nomadClient, nomadServer } from "../../vault-config/servers.ts";
import { requireShortPath } from "../folder.ts";
import type { Ground } from "../ground.ts";
import { HOST } from "../ports.ts";
import type { LabState } from "../state.ts";
import type { Supervisor } from "../supervise.ts";
import type { ConsulCluster } from "./consul.ts";
import type { Program } from "./find-program.ts";
import { startServerAgent } from "./lab-agents.ts";
import { takePower } from "./acl-bootstrap.ts";
import { makeBotToken } from "./nomad-access.ts";
import { startNomadAgent } from "./nomad-agent.ts";
import { clientFolder } from "./nomad-allocations.ts";
import { type Method, NomadApi } from "./nomad-api.ts";
import { trustNomadsJobs } from "./nomad-consul.ts";
import { nomadClientConfig, nomadFiles, nomadServerConfig } from "./nomad-config.ts";
import { moveGenerations } from "./nomad-generations.ts";
import { type ChangeMode, ServiceJobs } from "./nomad-services.ts";
import { nomadStatus } from "./nomad-status.ts";

/** A server and two clients. */
export interface NomadCluster extends AsyncDisposable {
  /** The server's API, TLS. */
  readonly address: string;
  readonly caFile: string;
  readonly tokens: { bot: string };
  /** One call of Nomad's API as the lab's supervisor may make it: JSON, or null for 404. */
  ask(method: Method, path: string, body?: unknown): Promise<unknown>;
  /** Runs the job of every service, waits until all is healthy, and keeps `state.instances` and `state.mesh` up to date from then on. */
  runServices(envoy: Program | null): Promise<void>;
  /** Has a service's job deployed anew with that change mode, every instance of it. */
  setChangeMode(service: string, mode: ChangeMode): Promise<void>;
  /** Writes a new generation for every instance of the service, and tells which. */
  rotate(service: string): Promise<string>;
  status(): Promise<NomadStatus>;
}

export interface NomadStatus {
  leader: string | null;
  nodes: { name: string; status: string; eligible: boolean }[];
  allocations: { id: string; job: string; group: string; node: string; status: string; healthy: boolean | null }[];
  /** One sentence; null when all is well. */
  problem: string | null;
}

/** Who asks for a status has others to ask, and waits for no server that hangs. */
const STATUS_MS = 2_000;

/** How Nomad's plugins call the longest of their sockets, in the folder for temporary files that its agents are given. */
const PLUGIN_SOCKET = "nomad/tmp/plugin4294967295";

/** Resolves when the server leads and every client answers. */
export async function startNomad(options: {
  state: LabState;
  program: Program;
  ground: Ground;
  supervisor: Supervisor;
  consul: ConsulCluster | null;
  onProgress: (line: string) => void;
  onEvent: (line: string) => void;
}): Promise<NomadCluster> {
  const { state, program, ground, supervisor, consul, onProgress, onEvent } = options;
  const { dir, files, ports } = state;
  const caFile = files.root;
  const address = `https://${HOST}:${ports.nomad.server.http}`;
  requireShortPath(dir, PLUGIN_SOCKET);
  onProgress("Starting Nomad");
  await using owned = new AsyncDisposableStack();
  const ca = await readFile(caFile, "utf8");
  const as = (token?: string, of = address) => owned.use(new NomadApi({ address: of, ca, token }));

  const clients = ports.nomad.clients.map((own, index) => {
    const name = `nomad-${index + 1}`;
    return { name, ports: own, files: nomadFiles(dir, clientFolder(name)), address: `https://${HOST}:${own.http}` };
  });
  const server = nomadFiles(dir, "server");
  const identities = { server: join(dir, "nomad", "server.pem"), client: join(dir, "nomad", "client.pem") };
  const clientPids = clients.map((client) => client.files.pid);
  await mkdir(dirname(identities.server), { recursive: true, mode: 0o700 });
  await Promise.all([
    startServerAgent(ground.agents, nomadServer, identities.server, [server.pid]),
    startServerAgent(ground.agents, nomadClient, identities.client, clientPids),
  ]);

  const common = {
    ports: ports.nomad,
    caFile,
    vaultAddress: ground.server.address,
  };
  const beside = (address = consul?.address) =>
    consul && address !== undefined ? { address, caFile: consul.caFile, token: consul.tokens.nomad } : null;
  const start = { dir, program, spawn: supervisor.spawn };
  const serverConfig = nomadServerConfig({ ...common, consul: beside(), identityFile: identities.server }, server);
  await startNomadAgent({ ...start, name: "server", files: server, config: serverConfig, api: as() });
  const power = await takePower("Nomad's server to lead", (token) => {
    const own = as(token);
    return (...call) => own.ask(...call);
  });
  const api = as(power);
  const [bot] = await Promise.all([
    makeBotToken(api),
    consul && trustNomadsJobs(consul.ask, { address, caPem: ca }),
    ...clients.map((client, index) => {
      const own = { ...common, consul: beside(consul?.besideNomad[index]), identityFile: identities.client };
      const config = nomadClientConfig(own, client.files, client);
      return startNomadAgent({
        ...start,
        name: clientFolder(client.name),
        files: client.files,
        config,
        api: as(undefined, client.address),
      });
    }),
  ]);
  await ground.server.asRoot.write("kv/data/certops-bot/nomad", { data: { token: bot } });

  const jobs = owned.use(new ServiceJobs({ state, api, consul, nodes: clients.length, onEvent }));
  const kept = owned.move();
  return {
    address,
    caFile,
    tokens: { bot },
    ask: (method, path, body) => api.ask(method, path, body),
    runServices: (envoy) => jobs.run(envoy),
    setChangeMode: (service, mode) => jobs.setChangeMode(service, mode),
    rotate: (service) => moveGenerations(api, service),
    status: () => nomadStatus(api.within(STATUS_MS)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
