import type { NomadDeployment } from "../../domain/deployment.ts";
import type { ManagedService } from "../../domain/managed-service.ts";
import type { Generations } from "../ports.ts";

export interface AnnounceNeeds {
  generations: Generations;
  services: ReadonlyMap<string, ManagedService>;
}

/** The item of a job's variable that its template of the revocation list reads, beside one for each instance. */
const item = "crl";
const mostTries = 5;

/**
 * Has Nomad's clients read the list now: by themselves they look again every few minutes, and at once when a variable
 * that the template reads has changed. Vault's agents look each second. Nobody is told of a failure here: who does not hold
 * the list in time is told of anyway.
 */
export async function announceList({ generations, services }: AnnounceNeeds, request: string): Promise<void> {
  const jobs = new Map<string, NomadDeployment>();
  for (const { deployment } of services.values()) {
    if (deployment.kind === "nomad") jobs.set(deployment.job, deployment);
  }
  await Promise.allSettled([...jobs.values()].map((at) => write(generations, at, request)));
}

async function write(generations: Generations, at: NomadDeployment, request: string): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { version, instances } = await generations.read(at);
    if (instances[item] === request) return;
    if (await generations.write(at, { ...instances, [item]: request }, version)) return;
  }
}
