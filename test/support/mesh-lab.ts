import { z } from "zod";
import type { Lab } from "../../lab/lab.ts";
import { readRoots } from "../../lab/mesh-roots.ts";
import type { ConsulCluster } from "../../lab/stack/consul.ts";
import type { MeshInstance } from "../../lab/state.ts";

/** One instance of the mesh, by its name. */
export function inMesh(lab: Pick<Lab, "state">, name: string): MeshInstance {
  const found = lab.state.mesh.find(({ instance }) => instance === name);
  if (found === undefined) throw new Error(`the lab has no ${name}`);
  return found;
}

/** Where the app of that instance reaches the other service: its sidecar's own end of it. */
export const upstreamOf = (lab: Pick<Lab, "state">, name: string): string =>
  `http://127.0.0.1:${inMesh(lab, name).upstreamPort}`;

/** What the page of an instance tells of its call to the other service. */
export async function pageOf({ host, port }: MeshInstance, path = "/w-mtls"): Promise<string> {
  const answer = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(10_000) });
  return answer.text();
}

/** Sets who may call service-b, in the order given; nobody may where it is empty. */
export async function intend(lab: Pick<Lab, "consul">, sources: Record<string, "allow" | "deny">): Promise<void> {
  const Sources = Object.entries(sources).map(([Name, Action]) => ({ Name, Action }));
  const entry = { Kind: "service-intentions", Name: "service-b", Sources };
  if (Sources.length === 0) await lab.consul?.ask("DELETE", "/v1/config/service-intentions/service-b");
  else await lab.consul?.ask("PUT", "/v1/config", entry);
}

/** PEM of the roots that Consul has the mesh trust now, oldest first. */
export async function trusted(lab: Pick<Lab, "consul">): Promise<string> {
  return (await readRoots(consulOf(lab).ask)).map(({ certificate }) => certificate.toString()).join("\n");
}

/** A leaf of the mesh as a sidecar of that service gets it, key included. */
export async function leafOf(lab: Pick<Lab, "consul">, service: string): Promise<string> {
  const leaf = (await consulOf(lab).ask("GET", `/v1/agent/connect/ca/leaf/${service}`)) as Record<string, string>;
  return `${leaf["PrivateKeyPEM"]}${leaf["CertPEM"]}`;
}

export function consulOf({ consul }: Pick<Lab, "consul">): ConsulCluster {
  if (consul === null) throw new Error("the lab has no Consul");
  return consul;
}

const statsReply = z.object({
  stats: z.array(z.object({ name: z.string().optional(), value: z.number().optional() })),
});

/** What the sidecar counted of calls that did not go through, as it names them; for the message of a failure. */
export async function troublesOf({ host, envoyAdminPort }: MeshInstance): Promise<string> {
  const filter =
    "(none_healthy|upstream_cx_connect_fail|upstream_rq_(5xx|503|retry|pending_overflow)|cx_destroy_remote)";
  const answer = await fetch(`http://${host}:${envoyAdminPort}/stats?usedonly&filter=${encodeURIComponent(filter)}`);
  return answer.text();
}

/** The sum of the counters of an Envoy whose names match. */
export async function statOf({ host, envoyAdminPort }: MeshInstance, filter: string): Promise<number> {
  const answer = await fetch(`http://${host}:${envoyAdminPort}/stats?format=json&filter=${encodeURIComponent(filter)}`);
  const { stats } = statsReply.parse(await answer.json());
  return stats.reduce((sum, { value = 0 }) => sum + value, 0);
}
