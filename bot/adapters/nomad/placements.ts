import { z } from "zod";
import { byName } from "../../domain/catalog.ts";
import type { Allocation, Placement } from "../../domain/placement.ts";
import { Failure } from "../../errors.ts";
import type { Placements } from "../../operations/ports.ts";
import { parsed } from "../token-api.ts";
import { type NomadClient, nomadSystem } from "./client.ts";

const servicesShape = z.array(z.object({ Tags: z.array(z.string()).nullable() })).nullable();

const groupShape = z.object({
  Name: z.string(),
  Count: z.int(),
  Services: servicesShape,
  Tasks: z.array(z.object({ Services: servicesShape })),
});

const jobShape = z.object({ TaskGroups: z.array(groupShape) });

const allocationShape = z.object({
  ID: z.string(),
  /** `<job>.<group>[<index>]` */
  Name: z.string(),
  TaskGroup: z.string(),
  NodeID: z.string(),
  NodeName: z.string(),
  DesiredStatus: z.string(),
  DesiredDescription: z.string(),
  ClientStatus: z.string(),
  ClientDescription: z.string(),
  CreateIndex: z.int(),
  TaskStates: z
    .record(
      z.string(),
      z.object({
        State: z.string(),
        Failed: z.boolean(),
        /** Time in nanoseconds: milliseconds are near enough. */
        Events: z.array(z.object({ Type: z.string(), DisplayMessage: z.string(), Time: z.number() })).nullable(),
      }),
    )
    .nullable(),
});

const evaluationShape = z.object({
  Status: z.string(),
  ModifyIndex: z.int(),
  FailedTGAllocs: z
    .record(
      z.string(),
      z.object({
        NodesEvaluated: z.int(),
        ConstraintFiltered: z.record(z.string(), z.int()).nullable(),
        DimensionExhausted: z.record(z.string(), z.int()).nullable(),
      }),
    )
    .nullish(),
});

type Group = z.infer<typeof groupShape>;
type Found = z.infer<typeof allocationShape>;
type Evaluation = z.infer<typeof evaluationShape>;

/** Every instance that a job is to run, by the names that its own tags give them (`instance=a-${NOMAD_ALLOC_INDEX}`). */
export function nomadPlacements(nomad: Pick<NomadClient, "get">): Placements {
  const read = async <T>(path: string, shape: z.ZodType<T>): Promise<T | null> => {
    const reply = await nomad.get(`/v1/${path}`);
    return reply && parsed(nomadSystem, shape, reply, path);
  };

  const statusOf = async (id: string) => (await read(`node/${id}`, z.object({ Status: z.string() })))?.Status ?? null;

  return async ({ job, tag }) => {
    const at = `job/${encodeURIComponent(job)}`;
    const [spec, allocations, evaluations] = await Promise.all([
      read(at, jobShape),
      read(`${at}/allocations`, z.array(allocationShape)),
      read(`${at}/evaluations`, z.array(evaluationShape)),
    ]);
    if (spec === null)
      throw new Failure("nomad-no-job", `Nomad has no job ${job}.`, "Run it, or correct `deployment`.");
    const nodes = new Map<string, Promise<string | null>>();
    const nodeOf = (id: string) => {
      const asked = nodes.get(id) ?? statusOf(id);
      nodes.set(id, asked);
      return asked;
    };
    const placed = instancesOf(spec.TaskGroups, tag).map(async ({ instance, group, index }): Promise<Placement> => {
      const latest = latestOf(allocations ?? [], { group, index });
      return {
        instance,
        allocation: latest && allocationOf(latest, await nodeOf(latest.NodeID)),
        noPlace: noPlaceFor(evaluations ?? [], group),
      };
    });
    return (await Promise.all(placed)).toSorted((a, b) => byName(a.instance, b.instance));
  };
}

interface Slot {
  group: string;
  index: number;
}

function instancesOf(groups: Group[], tag: string | null): (Slot & { instance: string })[] {
  return groups.flatMap(({ Name, Count, Services, Tasks }) => {
    const services = [...(Services ?? []), ...Tasks.flatMap((task) => task.Services ?? [])];
    const tags = services.map(({ Tags }) => Tags ?? []).find((all) => tag === null || all.includes(tag));
    const named = tags?.find((one) => one.startsWith("instance="))?.slice("instance=".length);
    if (named === undefined) return [];
    return Array.from({ length: Count }, (_, index) => ({
      group: Name,
      index,
      instance: named.replaceAll("${NOMAD_ALLOC_INDEX}", String(index)),
    }));
  });
}

/** While one replaces another, the newer one; a canary bears the name of what it is to replace. */
function latestOf(allocations: Found[], { group, index }: Slot): Found | null {
  const its = allocations.filter(({ TaskGroup, Name }) => TaskGroup === group && Name.endsWith(`[${index}]`));
  return its.toSorted((a, b) => b.CreateIndex - a.CreateIndex)[0] ?? null;
}

function allocationOf(found: Found, nodeStatus: string | null): Allocation {
  return {
    id: found.ID,
    desired: { status: found.DesiredStatus, description: found.DesiredDescription },
    client: { status: found.ClientStatus, description: found.ClientDescription },
    node: { name: found.NodeName, status: nodeStatus },
    tasks: Object.entries(found.TaskStates ?? {}).map(([name, { State, Failed, Events }]) => ({
      name,
      state: State,
      failed: Failed,
      events: (Events ?? []).map(({ Time, Type, DisplayMessage }) => ({
        at: Math.floor(Time / 1e6),
        type: Type,
        message: DisplayMessage,
      })),
    })),
  };
}

/** By the evaluation that waits for room; null: none does. */
function noPlaceFor(evaluations: Evaluation[], group: string): string | null {
  const blocked = evaluations
    .filter(({ Status }) => Status === "blocked")
    .toSorted((a, b) => b.ModifyIndex - a.ModifyIndex)
    .flatMap(({ FailedTGAllocs }) => FailedTGAllocs?.[group] ?? [])[0];
  if (blocked === undefined) return null;
  const reasons = { ...blocked.ConstraintFiltered, ...blocked.DimensionExhausted };
  const told = Object.entries(reasons).map(([why, nodes]) => `${why} on ${nodes}`);
  const among = blocked.NodesEvaluated === 1 ? "of 1 node" : `of ${blocked.NodesEvaluated} nodes`;
  return told.length === 0 ? "no node is ready and eligible" : `${told.join(", ")} ${among}`;
}
