import { type BlastRadius, blastRadiusOf, calledAs, type Told } from "../domain/blast-radius.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import type { InstanceAdmin } from "./ports.ts";

export interface DependNeeds {
  admin: Pick<InstanceAdmin, "peers">;
}

/** `last`: what was known before. `own`: names on certops' own certificate. */
interface Known {
  last: BlastRadius | null;
  services: ManagedService[];
  own: string[];
  now: number;
}

/** Who calls a service and whom it calls, from what its instances tell, else as declared. */
export async function whoDepends(
  needs: DependNeeds,
  service: ManagedService,
  { last, services, own, now }: Known,
): Promise<BlastRadius> {
  const told = await peersOf(needs, service);
  return blastRadiusOf({ told, last, declared: service.callers, services, own, now });
}

/**
 * The same, with those among all services that say themselves that they were called with its name: whoever holds one of its
 * pairs may call another service than it does.
 */
export async function whoMeets(
  needs: DependNeeds,
  service: ManagedService,
  { services, own, now }: Omit<Known, "last">,
): Promise<BlastRadius> {
  const others = services.filter(({ name }) => name !== service.name);
  const [blast, told] = await Promise.all([
    whoDepends(needs, service, { last: null, services, own, now }),
    Promise.all(others.map(async (one) => ({ name: one.name, told: await peersOf(needs, one) }))),
  ]);
  return calledAs(service.names, { blast, told, now });
}

/** Of those that can be asked. */
async function peersOf({ admin }: DependNeeds, { endpoints }: Pick<ManagedService, "endpoints">): Promise<Told[]> {
  const asked = endpoints.filter(({ admin: address }) => address !== null);
  return Promise.all(asked.map(async (one) => ({ endpoint: one.id, peers: await admin.peers(one).catch(() => null) })));
}
