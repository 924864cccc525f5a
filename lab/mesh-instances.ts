import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { health, SERVICES_MAIN, STEADY_PER_SECOND } from "./instances.ts";
import { HOST } from "./ports.ts";
import { steadyRate } from "./steady-rate.ts";
import type { LabPorts, LabState, MeshInstance } from "./state.ts";
import type { ChildSpec } from "./supervise.ts";

const layout = [
  { service: "service-a", instance: "a-mesh", peer: "service-b" },
  { service: "service-b", instance: "b-mesh", peer: "service-a" },
] as const;

/** Every instance of the mesh that is a child of the supervisor, at its address. */
export function layOutMesh(ports: LabPorts): MeshInstance[] {
  return layout.map(({ service, instance }) => {
    const own = ports.mesh[instance];
    if (own === undefined) throw new Error(`no port is set for ${instance}`);
    return { service, instance, host: HOST, ...own, runsIn: { kind: "process" } };
  });
}

/** The service that this one calls. */
export function peerOf(service: string): string {
  const found = layout.find((one) => one.service === service);
  if (found === undefined) throw new Error(`${service} is not in the mesh`);
  return found.peer;
}

/** How the app is run behind a sidecar: without TLS, on loopback alone, calling the other service through its sidecar. */
export function plainSpec({ dir }: Pick<LabState, "dir">, of: MeshInstance): ChildSpec {
  return {
    name: of.instance,
    command: process.execPath,
    args: [SERVICES_MAIN],
    log: join(dir, "logs", `${of.instance}.log`),
    env: {
      SERVE: "plain",
      SERVICE: of.service,
      INSTANCE: of.instance,
      HOST: of.host,
      PORT: String(of.port),
      ADMIN_PORT: String(of.adminPort),
      PEER_SERVICE: peerOf(of.service),
      PEER_URL: `http://${of.host}:${of.upstreamPort}`,
      STEADY: steadyRate(STEADY_PER_SECOND),
    },
    async ready(signal) {
      await eventually(`${of.instance} serving`, async () => (await health(of)) && true, signal);
    },
  };
}
