import type { WatchedCatalog } from "./catalog.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Window } from "./expiry.ts";
import type { ManagedService } from "./managed-service.ts";

/** Everything certops watches, as the configuration and the catalogs have it. */
export interface Estate {
  services: ManagedService[];
  /** Watched, but renewed by somebody else. A service's own endpoints stand in the service. */
  endpoints: Endpoint[];
  /** Server names of watched endpoints whose catalog lists none, or has not answered yet; not there: none. */
  unlistedNames?: string[];
  /** What counts as expiring where a question does not say. */
  within: Window;
  /** An observation older than this tells nothing about now. */
  staleAfterMs: number;
}

/** Every endpoint once, the services' own first. */
export function watchedEndpoints(estate: Pick<Estate, "services" | "endpoints">): Endpoint[] {
  const byId = new Map<string, Endpoint>();
  for (const endpoint of [...estate.services.flatMap((service) => service.endpoints), ...estate.endpoints]) {
    if (!byId.has(endpoint.id)) byId.set(endpoint.id, endpoint);
  }
  return [...byId.values()];
}

/** The instances of services that can be asked about themselves. */
export const askableEndpoints = (services: Iterable<ManagedService>): Endpoint[] =>
  watchedEndpoints({ services: [...services], endpoints: [] }).filter(({ admin }) => admin !== null);

/** The estate whose services, and what is watched besides, are those of the maps, as they stand whenever it is looked at. */
export function estateOver(
  services: ReadonlyMap<string, ManagedService>,
  fixed: Omit<Estate, "services">,
  catalogs: ReadonlyMap<string, WatchedCatalog> = new Map(),
): Estate {
  return {
    ...fixed,
    get services() {
      return [...services.values()];
    },
    get endpoints() {
      return [...fixed.endpoints, ...[...catalogs.values()].flatMap(({ endpoints }) => endpoints)];
    },
    get unlistedNames() {
      return [...catalogs.values()].filter(({ endpoints }) => endpoints.length === 0).map((one) => one.serverName);
    },
  };
}

/** Whether an endpoint is still watched, at this address. */
export function isWatched(estate: Pick<Estate, "services" | "endpoints">, { id, host, port }: Endpoint): boolean {
  return watchedEndpoints(estate).some((one) => one.id === id && one.host === host && one.port === port);
}

/** The endpoints a person means by a service, an instance, an id, `host:port`, a host or a server name. */
export function endpointsCalled(estate: Pick<Estate, "services" | "endpoints">, name: string): Endpoint[] {
  const wanted = name.toLowerCase();
  return watchedEndpoints(estate).filter((endpoint) =>
    callNames(endpoint).some((candidate) => candidate.toLowerCase() === wanted),
  );
}

/** Whatever `endpointsCalled` would find, for "did you mean …?". */
export function endpointNames(estate: Pick<Estate, "services" | "endpoints">): Set<string> {
  return new Set(watchedEndpoints(estate).flatMap(callNames));
}

function callNames(endpoint: Endpoint): string[] {
  const { id, service, instance, host, port, serverName } = endpoint;
  return [id, ...(service === null ? [] : [service]), instance, host, `${host}:${port}`, serverName];
}
