import type { CertificateRecord } from "./certificate.ts";
import type { ObservationRecord } from "./endpoint.ts";
import { type Estate, watchedEndpoints } from "./estate.ts";
import { isExpired } from "./expiry.ts";
import type { ManagedService } from "./managed-service.ts";

/**
 * Where a certificate stands among the others of its kind.
 * `served`: an endpoint's latest observation shows it. `last-seen`: the last one an endpoint showed before it went out of reach.
 * `new`: just issued, its instance has a moment to load it. `not-served`: issued for a service, and no instance serves it.
 * `unwatched`: issued for something no endpoint is configured for. `history`: replaced, neither expiring nor expired.
 */
export type Standing = "served" | "last-seen" | "new" | "not-served" | "unwatched" | "history";

/** An agent renders, its instance reloads and the next probe passes by within this. */
export const settleMs = 10_000;

/**
 * The standing of each record by fingerprint. `records` must hold every certificate that was the latest seen at some endpoint:
 * what one is replaced by is told by the others. `superseded`: the generations that renewals found in service, by service.
 */
export function standings(
  records: CertificateRecord[],
  observations: ObservationRecord[],
  estate: Pick<Estate, "services" | "endpoints">,
  now: number,
  superseded: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): Map<string, Standing> {
  const watched = new Set(watchedEndpoints(estate).map((endpoint) => endpoint.id));
  const presented = new Set(observations.filter(({ endpoint }) => watched.has(endpoint)).flatMap(({ chain }) => chain));
  const latestAt = latestByEndpoint(records);
  const newest = newestByKind(records);

  const standing = (record: CertificateRecord): Standing => {
    if (record.isCa) return presented.has(record.fingerprint) ? "served" : "history";
    if (record.servedAt.some((endpoint) => watched.has(endpoint))) return "served";
    if (record.sightings.some(({ endpoint, latest }) => latest && watched.has(endpoint))) return "last-seen";
    if (record.sightings.length > 0 || isExpired(record, now)) return "history";
    const service = serviceOf(record, estate.services);
    if (service === null) return (newest.get(kindOf(record)) ?? 0) > record.notBefore ? "history" : "unwatched";
    const overtaken = service.endpoints.every(
      ({ id }) => (latestAt.get(id)?.notBefore ?? -Infinity) >= record.notBefore,
    );
    if (overtaken || isLeftOver(record, service)) return "history";
    return now - (record.issuedAt ?? record.firstSeen) < settleMs ? "new" : "not-served";
  };
  /** An agent asks for one more of the generation it had: no instance was ever meant to serve that. */
  const isLeftOver = ({ generation }: CertificateRecord, { name, endpoints }: ManagedService): boolean =>
    generation !== null &&
    (superseded.get(name)?.has(generation) ?? false) &&
    endpoints.every(({ id }) => latestAt.get(id)?.generation !== generation);

  return new Map(records.map((record) => [record.fingerprint, standing(record)]));
}

/** The managed service a certificate was made for, by its names. */
export function serviceOf(record: CertificateRecord, services: ManagedService[]): ManagedService | null {
  if (record.names.length === 0) return null;
  return services.find(({ names }) => record.names.every((name) => names.includes(name))) ?? null;
}

function latestByEndpoint(records: CertificateRecord[]): Map<string, CertificateRecord> {
  return new Map(
    records.flatMap((record) =>
      record.sightings.filter(({ latest }) => latest).map(({ endpoint }) => [endpoint, record] as const),
    ),
  );
}

/** The latest notBefore among certificates that say the same: a renewed one replaces its predecessor. */
function newestByKind(records: CertificateRecord[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const record of records) {
    const kind = kindOf(record);
    newest.set(kind, Math.max(newest.get(kind) ?? 0, record.notBefore));
  }
  return newest;
}

const kindOf = ({ issuer, subject, names }: CertificateRecord) => JSON.stringify([issuer, subject, names.toSorted()]);
