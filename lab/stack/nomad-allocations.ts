import { join } from "node:path";
import { z } from "zod";
import { type Service, services } from "../../vault-config/services.ts";
import type { LabInstance, LabState, MeshInstance } from "../state.ts";
import type { Asking } from "./nomad-api.ts";

const port = z.object({ Label: z.string(), Value: z.number(), HostIP: z.string() });
const task = z.object({ Events: z.array(z.object({ Type: z.string(), DisplayMessage: z.string() })).nullable() });
const allocationSchema = z.object({
  ID: z.string(),
  /** For example `service-a.instances[0]`. */
  Name: z.string(),
  JobID: z.string(),
  TaskGroup: z.string(),
  NodeName: z.string(),
  CreateIndex: z.number(),
  ClientStatus: z.enum(["pending", "running", "complete", "failed", "lost", "unknown"]),
  DesiredStatus: z.string(),
  DeploymentStatus: z.object({ Healthy: z.boolean().nullable() }).nullable(),
  TaskStates: z.record(z.string(), task).nullable(),
  AllocatedResources: z.object({ Shared: z.object({ Ports: z.array(port).nullable() }) }).nullable(),
});

/** One run of one of a job's groups on one node, as Nomad lists it. */
export type Allocation = z.infer<typeof allocationSchema>;

/** Where an allocation stands in its service: the first of two is `a-0`, the one behind a sidecar `a-mesh`. */
export interface Place {
  service: string;
  instance: string;
}

export const ALLOCATIONS = "/v1/allocations?resources=true";

export async function listAllocations(api: Asking): Promise<Allocation[]> {
  return readAllocations(await api.ask("GET", ALLOCATIONS));
}

export function readAllocations(answer: unknown): Allocation[] {
  return allocationSchema.array().parse(answer);
}

/** Those that Nomad wants and has not given up. */
export function wanted(allocations: Allocation[]): Allocation[] {
  return allocations.filter(
    ({ DesiredStatus, ClientStatus }) =>
      DesiredStatus === "run" && ["pending", "running", "unknown"].includes(ClientStatus),
  );
}

export function isHealthy({ DeploymentStatus }: Allocation): boolean {
  return DeploymentStatus?.Healthy === true;
}

export function placeOf({ Name, JobID, TaskGroup }: Allocation): Place {
  const letter = JobID.slice(-1);
  const index = /\[(\d+)\]$/.exec(Name)?.[1] ?? "";
  return { service: JobID, instance: `${letter}-${TaskGroup === "mesh" ? "mesh" : index}` };
}

/** The instances that run, by their place. */
export function instancesOf({ dir }: Pick<LabState, "dir">, allocations: Allocation[]): LabInstance[] {
  return running(allocations, "instances").map(({ service, instance, allocation }) => ({
    service: service.name,
    instance,
    host: portOf(allocation, "https").HostIP,
    port: portOf(allocation, "https").Value,
    serverName: service.serverName,
    adminPort: portOf(allocation, "admin").Value,
    identityFile: join(folderOf(dir, allocation), "service", "secrets", "identity.pem"),
    runsIn: runsIn(allocation),
  }));
}

/** The same for those behind a sidecar. */
export function meshOf(allocations: Allocation[]): MeshInstance[] {
  return running(allocations, "mesh").map(({ service, instance, allocation }) => ({
    service: service.name,
    instance,
    host: portOf(allocation, "http").HostIP,
    port: portOf(allocation, "http").Value,
    adminPort: portOf(allocation, "admin").Value,
    sidecarPort: portOf(allocation, "sidecar").Value,
    envoyAdminPort: portOf(allocation, "envoy_admin").Value,
    upstreamPort: portOf(allocation, "upstream").Value,
    runsIn: runsIn(allocation),
  }));
}

/** `client-1`, the folder of the node `nomad-1`. */
export function clientFolder(node: string): string {
  return node.replace("nomad-", "client-");
}

/** While a new allocation takes the place of an old one, the place is the old one's until the new one is healthy. */
function running(allocations: Allocation[], group: "instances" | "mesh") {
  const places = new Map<string, { service: Service; instance: string; allocation: Allocation }>();
  for (const allocation of allocations.toSorted((left, right) => left.CreateIndex - right.CreateIndex)) {
    const { JobID, TaskGroup, ClientStatus, DesiredStatus } = allocation;
    const service = services.find(({ name }) => name === JobID);
    if (service === undefined || TaskGroup !== group) continue;
    if (ClientStatus !== "running" || DesiredStatus !== "run") continue;
    const { instance } = placeOf(allocation);
    if (!places.has(instance) || isHealthy(allocation)) places.set(instance, { service, instance, allocation });
  }
  return [...places.values()].toSorted((left, right) => left.instance.localeCompare(right.instance));
}

/** On this machine. */
function folderOf(dir: string, { ID, NodeName }: Allocation): string {
  return join(dir, "nomad", clientFolder(NodeName), "data", "alloc", ID);
}

function runsIn({ ID, NodeName }: Allocation): LabInstance["runsIn"] {
  return { kind: "nomad", allocation: ID, node: NodeName };
}

function portOf({ ID, AllocatedResources }: Allocation, label: string) {
  const found = AllocatedResources?.Shared.Ports?.find(({ Label }) => Label === label);
  if (found === undefined) throw new Error(`allocation ${ID} has no port "${label}"`);
  return found;
}
