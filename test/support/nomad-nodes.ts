import { z } from "zod";
import type { NomadCluster } from "../../lab/stack/nomad.ts";

const nodesShape = z.array(z.object({ ID: z.string(), Name: z.string() }));

/** The ids of Nomad's nodes, by name. */
export async function nodesOf(nomad: NomadCluster): Promise<Map<string, string>> {
  const all = nodesShape.parse(await nomad.ask("GET", "/v1/nodes"));
  return new Map(all.map(({ Name, ID }) => [Name, ID]));
}

/** Whether any of them takes a new allocation: where none does, what goes is not replaced. */
export async function takeWork(nomad: NomadCluster, takes: boolean): Promise<void> {
  for (const NodeID of (await nodesOf(nomad)).values()) {
    const Eligibility = takes ? "eligible" : "ineligible";
    await nomad.ask("POST", `/v1/node/${NodeID}/eligibility`, { NodeID, Eligibility });
  }
}
