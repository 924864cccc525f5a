import { byName } from "./catalog.ts";
import { placeOf } from "./deployment.ts";
import type { ManagedService } from "./managed-service.ts";
import type { Plan, RenewalRequest } from "./renewal.ts";

/**
 * What a renewal of this service will do, as its configuration and its catalog stand.
 * @param awaited instances that somebody waits for: one that the catalog no longer lists is missing, not out of the plan
 */
export function planFor(service: ManagedService, awaited: string[] = []): Plan {
  const listed = service.endpoints.map(({ instance }) => instance);
  return {
    service: service.name,
    names: service.names,
    issuer: { mount: service.issuer.mount, role: service.issuer.role },
    ttl: service.ttl,
    key: service.key,
    deployment: service.deployment,
    instances: service.catalog === null ? listed : [...new Set([...listed, ...awaited])].toSorted(byName),
    rollout: service.rollout,
  };
}

/** What is no longer as it was approved, one phrase each: `ttl: 2m is now 3m`. Empty when nothing moved. */
export function planMoves(approved: Plan, current: Plan): string[] {
  const now = intent(current);
  return Object.entries(intent(approved))
    .filter(([part, was]) => was !== now[part])
    .map(([part, was]) => `${part}: ${was} is now ${now[part]}`);
}

/** What of a renewal's plan is no longer as it was approved, by what is configured and listed now. */
export function renewalMoves(
  { service: name, plan }: Pick<RenewalRequest, "service" | "plan">,
  services: ReadonlyMap<string, ManagedService>,
): string[] {
  const service = services.get(name);
  if (service === undefined) return [`${name} is no longer in certops.yaml`];
  return planMoves(plan, planFor(service, plan.instances));
}

function intent(plan: Plan): Record<string, string> {
  return {
    service: plan.service,
    names: plan.names.join(", "),
    issuer: `${plan.issuer.mount}/${plan.issuer.role}`,
    ttl: plan.ttl,
    key: plan.key,
    deployment: `${plan.deployment.kind} ${placeOf(plan.deployment)}`,
    instances: plan.instances.join(", "),
    rollout: plan.rollout,
  };
}
