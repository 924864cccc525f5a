import { catalogNames } from "./catalog.ts";
import type { Estate } from "./estate.ts";
import type { ManagedService } from "./managed-service.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** The services of which the catalog lists nothing, or has not answered yet. */
export function unlisted({ services }: Pick<Estate, "services">): ManagedService[] {
  return services.filter(({ endpoints }) => endpoints.length === 0);
}

/** Those of them that a person means by that name. */
export function unlistedCalled(estate: Pick<Estate, "services">, name: string): ManagedService[] {
  const wanted = name.toLowerCase();
  return unlisted(estate).filter((service) => [service.name, ...service.names].includes(wanted));
}

/** Why nothing is known of one, in one sentence. */
export function whyUnlisted({ name, catalog }: Pick<ManagedService, "name" | "catalog">): string {
  if (catalog === null) return `certops.yaml lists no endpoint of ${name}.`;
  const { kind, service, tag } = catalog;
  return `${catalogNames[kind]} lists no instance of ${service} with the tag ${tag}, or has not answered yet.`;
}

/** To who asks for something of one of its instances. */
export function noInstances(service: ManagedService): Refusal {
  return refuse("no-instances", whyUnlisted(service), "See whether it runs, and what its catalog says of it.");
}
