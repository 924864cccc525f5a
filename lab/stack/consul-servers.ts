import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { consulServer } from "../../vault-config/servers.ts";
import type { Ground } from "../ground.ts";
import { HOST } from "../ports.ts";
import type { LabState } from "../state.ts";
import type { Supervisor } from "../supervise.ts";
import { agentFiles, startConsulAgent } from "./consul-agent.ts";
import type { ConsulApi } from "./consul-api.ts";
import { type ClusterConfig, serverConfig } from "./consul-config.ts";
import { connectAuthority } from "./consul-connect.ts";
import type { ConnectCa } from "./consul.ts";
import type { Program } from "./find-program.ts";
import { startServerAgent } from "./lab-agents.ts";

export interface ConsulServer {
  name: string;
  /** Its API. */
  address: string;
  /** host:port among the servers: how they name their leader. */
  rpc: string;
  /** The secret of its own token, which its file has before the token is made. */
  agentToken: string;
}

export function apiAddress({ https }: { https: number }): string {
  return `https://${HOST}:${https}`;
}

/** Starts the three at once, under certificates of the lab's own authority, and resolves when each answers: they elect a leader next. */
export async function startServers(
  options: { state: LabState; program: Program; ground: Ground; supervisor: Supervisor; connectCa: ConnectCa },
  cluster: ClusterConfig,
  api: ConsulApi,
): Promise<ConsulServer[]> {
  const { state, program, ground, supervisor, connectCa } = options;
  const seats = state.ports.consul.servers.map((own, index) => {
    const name = `server-${index + 1}`;
    const files = agentFiles(state.dir, name);
    return { name, own, files, address: apiAddress(own), rpc: `${HOST}:${own.rpc}`, agentToken: randomUUID() };
  });
  const identityFile = join(state.dir, "consul", "servers.pem");
  const pidFiles = seats.map(({ files }) => files.pid);
  const [connect] = await Promise.all([
    connectAuthority(connectCa, ground),
    startServerAgent(ground.agents, consulServer, identityFile, pidFiles),
  ]);
  await Promise.all(
    seats.map((seat) => {
      const config = serverConfig({ ...cluster, ...seat, identityFile, connect });
      return startConsulAgent({ ...seat, config, program, ask: api.as(seat), spawn: supervisor.spawn });
    }),
  );
  return seats;
}
