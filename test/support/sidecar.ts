import { sidecarSpec } from "../../lab/stack/envoy.ts";
import type { Program } from "../../lab/stack/find-program.ts";
import type { Child } from "../../lab/supervise.ts";
import type { ConsulLab } from "./consul-lab.ts";
import { inMesh } from "./mesh-lab.ts";

/** The Envoy of that instance, which the lab was asked for: ready with a certificate of the mesh. */
export async function startSidecar(lab: ConsulLab, name: string, envoy: Program): Promise<Child> {
  const { state, consul, supervisor } = lab;
  return supervisor.spawn(await sidecarSpec({ dir: state.dir, instance: inMesh(lab, name), consul, envoy }));
}
