import { copyFile } from "node:fs/promises";
import type { Ground } from "./ground.ts";
import { filesOf } from "./instance-files.ts";
import { serviceSpec } from "./instances.ts";
import { plainSpec } from "./mesh-instances.ts";
import type { ConsulCluster } from "./stack/consul.ts";
import { sidecarSpec } from "./stack/envoy.ts";
import type { Program } from "./stack/find-program.ts";
import type { LabState, MeshInstance } from "./state.ts";
import type { Supervisor } from "./supervise.ts";

/** Runs every instance, and behind a sidecar where there is Consul, as children of the supervisor. */
export async function startServices(options: {
  state: LabState;
  ground: Ground;
  supervisor: Supervisor;
  consul: ConsulCluster | null;
  envoy: Program | null;
}): Promise<void> {
  const { state, ground, supervisor, consul, envoy } = options;
  const startInMesh = async (instance: MeshInstance) => {
    if (consul === null || envoy === null) return;
    const sidecar = await sidecarSpec({ dir: state.dir, instance, consul, envoy });
    await Promise.all([supervisor.spawn(plainSpec(state, instance)), supervisor.spawn(sidecar)]);
  };
  await Promise.all([
    ...state.instances.map(async (instance) => {
      await ground.startAgent(instance);
      await copyFile(state.files.root, filesOf(instance).ca);
      await supervisor.spawn(serviceSpec(state, instance));
    }),
    ...state.mesh.map(startInMesh),
  ]);
}
