import { type Endpoint, watchedAt } from "./endpoint.ts";

/** Where a service's instances are looked up. `tag`: only those that carry it. */
export interface CatalogPlace {
  kind: "consul" | "nomad";
  service: string;
  tag: string;
}

/** Instances that somebody else renews, and where they are by their catalog's last answer. */
export interface WatchedCatalog extends Pick<Endpoint, "serverName" | "protocol"> {
  catalog: CatalogPlace;
  endpoints: Endpoint[];
}

/** One instance as its catalog lists it. */
export interface Listed {
  instance: string;
  host: string;
  port: number;
  admin: string | null;
  /** Grows with each registration: of two that bear one name the newer one stays. */
  registered: number;
}

/** `unnamed`: how many are listed without a tag that names them. */
export interface Listing {
  instances: Listed[];
  unnamed: number;
}

interface Registration {
  tags: string[];
  host: string;
  port: number;
  registered: number;
}

/** Of the registrations that carry the tag, those that say which instance they are: `instance=a-0`, `admin=host:port`. */
export function listingOf(registrations: Registration[], tag: string): Listing {
  const meant = registrations.filter(({ tags }) => tags.includes(tag));
  const instances = meant.flatMap(({ tags, ...where }): Listed[] => {
    const instance = valueOf(tags, "instance");
    const admin = valueOf(tags, "admin");
    return instance === null ? [] : [{ ...where, instance, admin: admin && `http://${admin}` }];
  });
  return { instances, unnamed: meant.length - instances.length };
}

/** The endpoints of a service as its catalog lists them, by name; while one instance replaces another, the newer one. */
export function endpointsOf({ name, names }: { name: string; names: string[] }, listing: Listing): Endpoint[] {
  return newestOf(listing).map(({ instance, host, port, admin }) => ({
    id: `${name}/${instance}`,
    service: name,
    instance,
    host,
    port,
    serverName: names[0] ?? name,
    protocol: "https",
    admin,
  }));
}

function newestOf({ instances }: Listing): Listed[] {
  const newest = new Map(instances.toSorted((a, b) => a.registered - b.registered).map((one) => [one.instance, one]));
  return [...newest.values()].toSorted((a, b) => byName(a.instance, b.instance));
}

/** The same of instances that are only watched: one that moves is another endpoint, and what it showed before is history. */
export function watchedIn({ serverName, protocol }: Omit<WatchedCatalog, "endpoints">, listing: Listing): Endpoint[] {
  return newestOf(listing).map(({ host, port }) => watchedAt({ host, port, serverName, protocol }));
}

/** What came and what went between two listings. One that came back elsewhere has come. */
export function changesBetween(before: Endpoint[], after: Endpoint[]): { came: Endpoint[]; went: Endpoint[] } {
  const place = ({ id, host, port, admin }: Endpoint) => JSON.stringify([id, host, port, admin]);
  const places = new Set(before.map(place));
  const ids = new Set(after.map(({ id }) => id));
  return { came: after.filter((one) => !places.has(place(one))), went: before.filter(({ id }) => !ids.has(id)) };
}

/** a-2 before a-10. */
export const byName = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/** As people call the catalog. */
export const catalogNames = { consul: "Consul", nomad: "Nomad" } as const;

/** Who says where a service's instances are. */
export const listerOf = (catalog: CatalogPlace | null) =>
  catalog === null ? "certops.yaml" : catalogNames[catalog.kind];

function valueOf(tags: string[], key: string): string | null {
  const tag = tags.find((one) => one.startsWith(`${key}=`));
  return tag === undefined ? null : tag.slice(key.length + 1) || null;
}
