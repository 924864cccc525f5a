import { type CatalogPlace, changesBetween, type Listing } from "../domain/catalog.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { Catalog, Told } from "./ports.ts";
import { pause } from "./waiting.ts";

/** Whose endpoints a catalog lists; null: none does. */
export interface Followed {
  catalog: CatalogPlace | null;
  endpoints: Endpoint[];
}

export interface FollowNeeds<F extends Followed> {
  catalog: Catalog;
  /** By name; the one that is followed is replaced whenever its catalog lists other endpoints. */
  services: Map<string, F>;
  endpointsOf: (one: F, listing: Listing) => Endpoint[];
  onChange: (change: { came: Endpoint[]; went: Endpoint[] }) => void;
  /** How many are listed without a name, and so cannot be followed; told when it changes. */
  onUnnamed: (count: number) => void;
  /** Why the catalog could not be asked, each time; null when it has answered. Its last answer stands meanwhile. */
  onAnswer: (problem: unknown) => void;
}

/** A service whose instances come and go by the dozen is read a few times a second, no more. */
const paceMs = 100;
const longestPauseMs = 5_000;

/** Keeps the endpoints of a service as its catalog lists them, until the signal. */
export async function followCatalog<F extends Followed>(
  needs: FollowNeeds<F>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const place = needs.services.get(name)?.catalog;
  if (!place) return;
  let index: number | null = null;
  let failures = 0;
  let unnamed = 0;
  while (!signal.aborted) {
    try {
      const told: Told = await needs.catalog.listed(place, index, signal);
      // One that was set back, as after a restore, is read from its beginning.
      index = told.index < (index ?? 0) ? null : told.index;
      failures = 0;
      needs.onAnswer(null);
      publish(needs, name, told);
      if (told.listing.unnamed !== unnamed) needs.onUnnamed(told.listing.unnamed);
      unnamed = told.listing.unnamed;
    } catch (error) {
      if (signal.aborted) return;
      // What it says once it can is wanted at once, and not only when it changes.
      index = null;
      failures += 1;
      needs.onAnswer(error);
    }
    await pause(failures === 0 ? paceMs : Math.min(paceMs * 2 ** failures, longestPauseMs), signal);
  }
}

function publish<F extends Followed>(
  { services, endpointsOf, onChange }: FollowNeeds<F>,
  name: string,
  { listing }: Told,
): void {
  const service = services.get(name);
  if (!service) return;
  const endpoints = endpointsOf(service, listing);
  const { came, went } = changesBetween(service.endpoints, endpoints);
  if (came.length + went.length === 0) return;
  services.set(name, { ...service, endpoints });
  onChange({ came, went });
}
