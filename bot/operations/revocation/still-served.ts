import { watchedEndpoints, type Estate } from "../../domain/estate.ts";
import type { RevocationRequest } from "../../domain/revocation/revocation-request.ts";
import type { Inventory } from "../inventory.ts";
import type { Probe } from "../ports.ts";

export interface ClearNeeds {
  probe: Probe;
  inventory: Pick<Inventory, "observations" | "certificate">;
  estate: Pick<Estate, "services" | "endpoints">;
}

/**
 * Where one of these serials is served still, or nobody knows, one phrase each. The instances that were renewed are asked
 * now; of others the last look counts.
 */
export async function stillServed(
  { probe, inventory, estate }: ClearNeeds,
  { plan }: Pick<RevocationRequest, "plan">,
  { serials, deadlineMs }: { serials: string[]; deadlineMs: number },
): Promise<string[]> {
  const { service, instances } = plan.renewal;
  const watched = watchedEndpoints(estate);
  const renewed = watched.filter((one) => one.service === service && instances.includes(one.instance));
  const asked = renewed.map(async (endpoint) => {
    const { observation, chain } = await probe(endpoint, deadlineMs);
    const leaf = chain[0];
    if (leaf === undefined) return `${endpoint.instance} shows nothing (${observation.problem?.code ?? "no reason"})`;
    return serials.includes(leaf.serial) ? `${endpoint.instance} serves ${leaf.serial}` : null;
  });
  const others = new Set(watched.filter((one) => !renewed.includes(one)).map(({ id }) => id));
  const looked = (await inventory.observations()).map(async ({ endpoint, fingerprint }) => {
    if (fingerprint === null || !others.has(endpoint)) return null;
    const serial = (await inventory.certificate(fingerprint))?.serial ?? "";
    return serials.includes(serial) ? `${endpoint} serves ${serial}` : null;
  });
  return (await Promise.all([...asked, ...looked])).filter((phrase) => phrase !== null);
}
