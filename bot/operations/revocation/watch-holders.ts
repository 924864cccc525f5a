import type { Endpoint } from "../../domain/endpoint.ts";
import type { ManagedService } from "../../domain/managed-service.ts";
import type { Holding } from "../../domain/revocation/revoking.ts";
import type { Clock, InstanceAdmin } from "../ports.ts";

export interface HoldNeeds {
  admin: Pick<InstanceAdmin, "refused">;
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

const endpointsIn = ({ services }: Pick<HoldNeeds, "services">): Endpoint[] =>
  [...services.values()].flatMap(({ endpoints }) => endpoints);

/** Those that nobody can ask. */
export function silentOnes(needs: Pick<HoldNeeds, "services">): string[] {
  return endpointsIn(needs).flatMap(({ id, admin }) => (admin === null ? id : []));
}

/** Asks every instance that does not yet hold a list with all of these serials. One that left since is no longer waited for. */
export async function lookAtHolders(
  needs: HoldNeeds,
  { serials, held }: { serials: string[]; held: Holding },
): Promise<Holding> {
  const asked = endpointsIn(needs).filter(({ admin }) => admin !== null);
  const told = asked.map(async (endpoint): Promise<[string, Holding[string]]> => {
    const before = held[endpoint.id];
    return [endpoint.id, before?.at ? before : await ask(needs, endpoint, serials)];
  });
  return Object.fromEntries(await Promise.all(told));
}

async function ask({ admin, clock }: HoldNeeds, endpoint: Endpoint, serials: string[]): Promise<Holding[string]> {
  try {
    const { checks, named } = await admin.refused(endpoint, serials);
    if (!checks) return { at: null, problem: "it checks no list, so whoever shows a revoked one is let in" };
    const missing = serials.filter((serial) => !named.includes(serial));
    return missing.length === 0 ? { at: clock(), problem: null } : { at: null, problem: "its list is an older one" };
  } catch (error) {
    return { at: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

export const allHold = (held: Holding): boolean => Object.values(held).every(({ at }) => at !== null);
