import { listerOf } from "../domain/catalog.ts";
import type { Estate } from "../domain/estate.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { whyAway, whyUnasked } from "../domain/placement.ts";
import { unlistedCalled } from "../domain/unlisted.ts";
import { type PlacedAll, placedBy, placementOf } from "./placed.ts";
import type { Placements } from "./ports.ts";

/** An instance that its scheduler is to run, and that no catalog lists. */
export interface Missing {
  /** `<service>/<instance>`, as an endpoint's. */
  id: string;
  why: string;
}

export interface Scheduled {
  missing: Missing[];
  /** Why an instance does not run, by endpoint id, where its scheduler says so. */
  away: Map<string, string>;
  /** Why a scheduler could not be asked; null: each was. */
  problem: string | null;
}

/**
 * What schedulers say of the services that a person means: by their names, by those of their `listed` endpoints, or by
 * an instance that is not listed.
 */
export async function explainAway(
  placements: Placements | null,
  estate: Pick<Estate, "services">,
  { name, listed }: { name: string; listed: Set<string | null> },
): Promise<Scheduled> {
  const unlisted = new Set(unlistedCalled(estate, name));
  const meant = estate.services.filter(
    (service) => listed.size === 0 || listed.has(service.name) || unlisted.has(service),
  );
  const told = await Promise.all(
    meant.map(async (service) => {
      const all = await placedBy(placements, service.deployment, service.catalog?.tag ?? null);
      return of(service, all, name.toLowerCase());
    }),
  );
  return {
    missing: told.flatMap(({ missing }) => missing),
    away: new Map(told.flatMap(({ away }) => away)),
    problem: told.find(({ problem }) => problem !== null)?.problem ?? null,
  };
}

function of(service: ManagedService, all: PlacedAll, wanted: string) {
  const idOf = (instance: string) => `${service.name}/${instance}`;
  const listed = new Set(service.endpoints.map(({ instance }) => instance));
  const wholly = [service.name, ...service.names].includes(wanted);
  const missing = (Array.isArray(all) ? all : [])
    .filter(({ instance }) => !listed.has(instance))
    .filter(({ instance }) => wholly || [instance, idOf(instance)].includes(wanted))
    .map((placement): Missing => {
      const unlisted = `It runs, and ${listerOf(service.catalog)} does not list it.`;
      return { id: idOf(placement.instance), why: whyAway(placement) ?? unlisted };
    });
  const away = [...listed].flatMap((instance): [string, string][] => {
    const why = whyAway(placementOf(all, instance));
    return why === null ? [] : [[idOf(instance), why]];
  });
  return { missing, away, problem: whyUnasked(placementOf(all, "")) };
}
