import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import { filesOf } from "../instance-files.ts";
import { mtlsSpec } from "../instances.ts";
import { replaceFile } from "../replace-file.ts";
import { isOffered } from "../stack/consul-offered.ts";
import { askChecks } from "../stack/consul-status.ts";
import type { ConsulCluster } from "../stack/consul.ts";
import { steadyRate } from "../steady-rate.ts";
import { type LabState, writeState, type ZonedInstance } from "../state.ts";
import type { Child, ChildSpec, Supervisor } from "../supervise.ts";
import { addressesOf } from "./layout.ts";

/** Each calls the other a few times a second, so that the router's counters move. */
const STEADY_PER_SECOND = 2;
/** Consul looks at each every five seconds, and tells its servers in its own time. */
const OFFERED_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** The services on their hosts, behind the router. */
export interface ZonedServices {
  /** Has an instance serve at the next address of its host, and Consul's catalog say so. */
  move(instance: string): Promise<void>;
}

/** Resolves when every one of them is healthy in Consul's catalog: from then on a rule can be asked for that names it. */
export async function startZonedServices(of: {
  state: LabState;
  ground: Ground;
  supervisor: Supervisor;
  consul: ConsulCluster;
}): Promise<ZonedServices> {
  const { state, ground, supervisor, consul } = of;
  const services = state.firewall?.services ?? [];
  const running = new Map<string, Child>();
  const start = async (one: ZonedInstance) => {
    running.set(one.instance, await supervisor.spawn(specOf(state, one)));
  };
  await writePeers(state);
  await Promise.all(
    services.map(async (one) => {
      await ground.startAgent(one);
      await copyFile(state.files.root, filesOf(one).ca);
      await start(one);
    }),
  );
  await offered(services, consul);
  return {
    async move(name) {
      const one = services.find(({ instance }) => instance === name);
      if (one === undefined) throw unknown(name, services);
      const addresses = addressesOf(one.on);
      const next = addresses[(addresses.indexOf(one.address) + 1) % addresses.length];
      if (next === undefined) throw new Error(`${one.on} has no address`);
      await running.get(name)?.stop();
      one.address = next;
      await start(one);
      await Promise.all([writePeers(state), writeState(state), consul.register(one)]);
    },
  };
}

async function offered(services: ZonedInstance[], { ask }: ConsulCluster): Promise<void> {
  await eventually(
    "Consul to find every service on its host healthy",
    async () => {
      // Each is supposed to be well until it was looked at, and looks from before its start count against it: the agent
      // knows which it is, and tells the servers a little later.
      const looked = (await askChecks([ask])) ?? {};
      const isWell = ({ instance }: ZonedInstance) => looked[instance]?.status === "passing" && looked[instance].output;
      if (!services.every(isWell)) return null;
      const each = await Promise.all(services.map((one) => isOffered(ask, one, "service")));
      return each.every(Boolean) ? true : null;
    },
    AbortSignal.timeout(OFFERED_MS),
    LOOK_EVERY_MS,
  );
}

function specOf(state: LabState, one: ZonedInstance): ChildSpec {
  const peer = state.firewall?.services.find(({ service }) => service !== one.service);
  const spec = mtlsSpec(state, one, {
    host: one.address,
    port: one.servesAt,
    peerName: peer?.serverName ?? "",
    calls: { PEERS_FILE: peersFile(state, peer?.service ?? ""), STEADY: steadyRate(STEADY_PER_SECOND) },
  });
  return { ...spec, host: one.on };
}

/** host:port of each service as the others on the hosts call it, one a line. */
async function writePeers(state: LabState): Promise<void> {
  const services = Map.groupBy(state.firewall?.services ?? [], ({ service }) => service);
  for (const [service, instances] of services) {
    const lines = instances.map(({ address, servesAt }) => `${address}:${servesAt}\n`);
    await replaceFile(peersFile(state, service), lines.join(""));
  }
}

function peersFile({ dir }: LabState, service: string): string {
  return join(dir, "firewall", `${service}.addresses`);
}

function unknown(name: string, services: ZonedInstance[]): Problem {
  const known = services.map(({ instance }) => instance).join(", ");
  return new Problem("UNKNOWN_INSTANCE", `No instance "${name}" stands behind the router.`, `There are: ${known}.`);
}
