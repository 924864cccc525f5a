import type { CertificateRecord } from "./certificate.ts";
import type { Condition } from "./condition.ts";
import { conditionsOf } from "./conditions.ts";
import type { Endpoint, ObservationRecord } from "./endpoint.ts";
import { type Estate, watchedEndpoints } from "./estate.ts";
import { type Lifetime, remainingMs, remainingShare } from "./expiry.ts";
import type { FreezeInForce } from "./freeze.ts";
import type { Ground } from "./ground.ts";
import { type Standing, serviceOf, standings } from "./lineage.ts";
import type { ManagedService } from "./managed-service.ts";
import type { RenewalRequest } from "./renewal.ts";
import type { TakenBack } from "./revocation/revoking.ts";
import { unlisted, whyUnlisted } from "./unlisted.ts";
import { laggingAt, supersededBy } from "./written.ts";

/** The reply to a question, from what the store holds. */
export interface Answer {
  title: string;
  /** When the oldest observation it rests on was made; null: it rests on none. */
  asOf: number | null;
  /** Soonest end first. */
  rows: Row[];
  /** There are more of what nobody watches than were looked at. */
  more: boolean;
  /** What certops itself stands on, as far as the question touches it. */
  ground: GroundRow[];
  /** Endpoints that might belong into the answer, and of which nothing is known now. */
  unknown: UnknownEndpoint[];
  /** The freezes that touch the answer. */
  frozen: FreezeInForce[];
}

export interface Row {
  certificate: CertificateRecord;
  /** The managed service it was made for. */
  service: string | null;
  /** Where it is served, or was when last reached. */
  places: Place[];
  standing: Standing;
  conditions: Condition[];
  /** Negative once it has expired. */
  remainingMs: number;
  remainingShare: number;
}

export interface Place {
  service: string | null;
  instance: string;
  endpoint: string;
  owner: string | null;
}

export interface GroundRow extends Ground {
  /** null where it has no end, or none is known. */
  remainingMs: number | null;
  remainingShare: number | null;
}

export interface UnknownEndpoint {
  endpoint: string;
  /** What it is asked for; it may be what tells two endpoints on one port apart. */
  serverName: string;
  why: string;
  /** null: it was never looked at. */
  since: number | null;
}

/** What the store and the configuration hold at one moment. */
export interface Facts {
  /** Every certificate that may be current, and whatever else the question asked for. */
  records: CertificateRecord[];
  observations: ObservationRecord[];
  estate: Estate;
  ground: Ground[];
  /** Service → since when its approved renewal is under way. */
  renewing: Map<string, number>;
  /** Renewals under way or ended since their approval, the latest first. */
  renewals: RenewalRequest[];
  /** By serial, what certops revoked lately. */
  revoked: ReadonlyMap<string, TakenBack>;
  frozen: FreezeInForce[];
  now: number;
}

/** Every record as a row, judged; history included. Soonest end first. */
export function rowsOf(facts: Facts): Row[] {
  const { records, observations, estate, renewing, renewals, now } = facts;
  const ofService = Map.groupBy(renewals, ({ service }) => service);
  const superseded = new Map([...ofService].map(([service, its]) => [service, supersededBy(its)]));
  const standing = standings(records, observations, estate, now, superseded);
  const endpoints = new Map(watchedEndpoints(estate).map((endpoint) => [endpoint.id, endpoint]));
  const byEndpoint = new Map(observations.map((observation) => [observation.endpoint, observation]));
  const owners = new Map(estate.services.map(({ name, owner }) => [name, owner]));

  return records
    .map((record): Row => {
      const stands = standing.get(record.fingerprint) ?? "history";
      const at = placesOf(record, stands, observations).flatMap((id) => endpoints.get(id) ?? []);
      const service = record.isCa
        ? null
        : (estate.services.find(({ name }) => name === at[0]?.service) ?? serviceOf(record, estate.services));
      return {
        certificate: record,
        service: service?.name ?? null,
        places: at.map((endpoint) => ({
          ...place(endpoint),
          // Who owns a service does not own the authority that its instances present.
          owner: record.isCa ? null : (owners.get(endpoint.service ?? "") ?? null),
        })),
        standing: stands,
        conditions: conditionsOf(record, {
          standing: stands,
          observations: at.flatMap(({ id }) => byEndpoint.get(id) ?? []),
          lagging: record.isCa
            ? []
            : at.flatMap(
                ({ instance, service: of }) =>
                  laggingAt(instance, record.generation, ofService.get(of ?? "") ?? []) ?? [],
              ),
          window: service ? { kind: "share", share: service.renewBefore } : estate.within,
          revoked: facts.revoked.get(record.serial) ?? null,
          renewingSince: (service && renewing.get(service.name)) ?? null,
          staleAfterMs: estate.staleAfterMs,
          now,
        }),
        ...remaining(record, now),
      };
    })
    .toSorted((a, b) => a.certificate.notAfter - b.certificate.notAfter);
}

/** Ground with the time that is left; what could not be read first, then the soonest end. */
export function groundRows(ground: Ground[], now: number): GroundRow[] {
  const end = ({ problem, notAfter }: Ground) => (problem === null ? (notAfter ?? Infinity) : -Infinity);
  return ground
    .map((item): GroundRow => {
      const { notBefore, notAfter } = item;
      if (notAfter === null) return { ...item, remainingMs: null, remainingShare: null };
      if (notBefore === null) return { ...item, remainingMs: notAfter - now, remainingShare: null };
      return { ...item, ...remaining({ notBefore, notAfter }, now) };
    })
    .toSorted((a, b) => (end(a) < end(b) ? -1 : Number(end(a) > end(b))));
}

/** The endpoints of which nothing is known now: never looked at, looked at too long ago, or out of reach. */
export function unknownAmong(endpoints: Endpoint[], facts: Facts): UnknownEndpoint[] {
  const byEndpoint = new Map(facts.observations.map((observation) => [observation.endpoint, observation]));
  return endpoints.flatMap(({ id, serverName }): UnknownEndpoint[] => {
    const seen = byEndpoint.get(id);
    const unknown = { endpoint: id, serverName };
    if (seen === undefined) return [{ ...unknown, why: "It has not been looked at yet.", since: null }];
    if (facts.now - seen.at > facts.estate.staleAfterMs) {
      return [{ ...unknown, why: "The last look at it is too old to tell.", since: seen.at }];
    }
    if (seen.fingerprint !== null) return [];
    return [{ ...unknown, why: seen.problem?.cause ?? "It showed no certificate.", since: seen.since }];
  });
}

/** The services of which not even the endpoints are known. */
export function unknownServices(services: ManagedService[]): UnknownEndpoint[] {
  return unlisted({ services }).map((service) => ({
    endpoint: service.name,
    serverName: service.names[0] ?? service.name,
    why: whyUnlisted(service),
    since: null,
  }));
}

function placesOf(record: CertificateRecord, standing: Standing, observations: ObservationRecord[]): string[] {
  if (record.isCa)
    return observations.filter(({ chain }) => chain.includes(record.fingerprint)).map(({ endpoint }) => endpoint);
  if (standing === "last-seen") return record.sightings.filter(({ latest }) => latest).map(({ endpoint }) => endpoint);
  return record.servedAt;
}

const place = ({ id, service, instance }: Endpoint) => ({ service, instance, endpoint: id });

const remaining = (life: Lifetime, now: number) => ({
  remainingMs: remainingMs(life, now),
  remainingShare: remainingShare(life, now),
});
