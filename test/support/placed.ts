import type { LabInstance, LabState, MeshInstance } from "../../lab/state.ts";

type Placed = Pick<LabInstance | MeshInstance, "runsIn">;

/** The name of the node that it runs on; empty where none runs it. */
export const nodeOf = ({ runsIn }: Placed): string => (runsIn.kind === "nomad" ? runsIn.node : "");

export const allocationOf = ({ runsIn }: Placed): string => (runsIn.kind === "nomad" ? runsIn.allocation : "");

/** The service's instance on that node, as it is now. */
export function instanceOn({ instances }: Pick<LabState, "instances">, node: string, service: string): LabInstance {
  const found = instances.find((one) => one.service === service && nodeOf(one) === node);
  if (found === undefined) throw new Error(`${service} has no instance on ${node}`);
  return { ...found };
}
