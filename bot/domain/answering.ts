import {
  type Answer,
  type Facts,
  type GroundRow,
  type Row,
  groundRows,
  rowsOf,
  unknownAmong,
  unknownServices,
} from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { endpointNames, endpointsCalled, watchedEndpoints } from "./estate.ts";
import { type Lifetime, isExpired, isExpiring, tellWindow } from "./expiry.ts";
import { freezesOver } from "./freeze.ts";
import { groundNames, isCalled } from "./ground.ts";
import type { ManagedService } from "./managed-service.ts";
import { nearest } from "./nearest.ts";
import { type Query, type SerialQuery, isSerial } from "./query.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { unlistedCalled } from "./unlisted.ts";

/** What one question picks from the facts. */
interface Picked {
  title: string;
  rows: Row[];
  ground: GroundRow[];
  /** Endpoints that could belong into the answer. */
  endpoints: Endpoint[];
  /** Services that could belong into it, if only their endpoints were known. */
  services: ManagedService[];
}

/** The answer to a question; a refusal when it names something nobody knows. */
export function answerFrom(query: Query, facts: Facts): Answer | Refusal {
  const rows = rowsOf(facts);
  const picked = pick(query, rows, facts);
  if ("refused" in picked) return picked;
  const ids = new Set(picked.endpoints.map(({ id }) => id));
  const looks = facts.observations.filter(({ endpoint }) => ids.has(endpoint)).map(({ at }) => at);
  return {
    title: picked.title,
    asOf: looks.length === 0 ? null : Math.min(...looks),
    rows: picked.rows.filter(({ certificate }) => !isGround(certificate, facts)),
    more: false,
    ground: picked.ground,
    unknown: [...unknownServices(picked.services), ...unknownAmong(picked.endpoints, facts)],
    frozen: freezesOver(facts.frozen, servicesOf(picked)),
  };
}

function pick(query: Query, rows: Row[], facts: Facts): Picked | Refusal {
  const { estate, now } = facts;
  const current = rows.filter(({ standing }) => standing !== "history");
  const ground = groundRows(facts.ground, now);
  const everywhere = watchedEndpoints(estate);
  switch (query.kind) {
    case "expiring": {
      const window = query.window ?? estate.within;
      return {
        title: `Expiring ${tellWindow(window)}`,
        rows: current.filter(({ certificate }) => isExpiring(certificate, window, now)),
        ground: ground.filter((item) => item.problem !== null || within(item, (life) => isExpiring(life, window, now))),
        endpoints: everywhere,
        services: estate.services,
      };
    }
    case "expired":
      return {
        title: "Expired",
        rows: current.filter(({ certificate }) => isExpired(certificate, now)),
        ground: ground.filter((item) => item.problem !== null || within(item, (life) => isExpired(life, now))),
        endpoints: everywhere,
        services: estate.services,
      };
    case "show":
      return show(query.what, rows, ground, facts);
    case "host":
      return host(query.what, rows, facts);
    case "owner":
      return owner(query.what, current, estate.services);
    case "issuer":
      return issuer(query.what, current, ground, facts);
    case "serial":
      return serial(query, rows, ground, facts);
    case "ask":
      return search(query.words, current, ground, facts);
  }
}

/** Whatever has each of the words somewhere: in a name, a subject, an issuer, an owner, a service or a host. */
function search(words: string[], current: Row[], ground: GroundRow[], { estate }: Facts): Picked | Refusal {
  const hasAll = (said: (string | null | undefined)[]) => {
    const all = said.join("\n").toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const owners = new Map(estate.services.map(({ name, owner }) => [name, owner]));
  const saidOf = ({ id, host, port, serverName, service }: Endpoint) => [
    id,
    `${host}:${port}`,
    serverName,
    owners.get(service ?? ""),
  ];
  const everywhere = watchedEndpoints(estate);
  const said = new Map(everywhere.map((endpoint) => [endpoint.id, saidOf(endpoint)]));
  const rows = current.filter(({ certificate, service, places }) =>
    hasAll([
      certificate.subject,
      certificate.issuer,
      ...certificate.names,
      service,
      owners.get(service ?? ""),
      ...places.flatMap(({ endpoint }) => said.get(endpoint) ?? []),
    ]),
  );
  const under = ground.filter(({ name, certificate }) => hasAll([name, certificate?.subject, certificate?.issuer]));
  const endpoints = everywhere.filter(({ id }) => hasAll(said.get(id) ?? []));
  const services = estate.services.filter(({ name, owner, names }) => hasAll([name, owner, ...names]));
  const what = words.join(" ");
  if (rows.length + under.length + endpoints.length + services.length > 0)
    return { title: `Asked for ${what}`, rows, ground: under, endpoints, services };
  const known = [
    ...endpointNames(estate),
    ...owners.values(),
    ...current.flatMap(({ certificate }) => certificate.names),
  ];
  return unheardOf(what, new Set(known), `Nothing here has ${what} in its name, owner, issuer or host.`);
}

function issuer(what: string, current: Row[], ground: GroundRow[], { estate }: Facts): Picked | Refusal {
  const says = (by: string | undefined) => by?.toLowerCase().includes(what.toLowerCase()) ?? false;
  const rows = current.filter(({ certificate }) => says(certificate.issuer));
  const under = ground.filter(({ certificate }) => says(certificate?.issuer));
  if (rows.length === 0 && under.length === 0) {
    const known = [...current, ...ground].flatMap(({ certificate }) => certificate?.issuer.replace(/^CN=/, "") ?? []);
    return unheardOf(what, new Set(known), `Nothing that is known was issued by ${what}.`);
  }
  return {
    title: `Issued by ${what}`,
    rows,
    ground: under,
    endpoints: watchedEndpoints(estate),
    services: estate.services,
  };
}

function serial(asked: SerialQuery, all: Row[], ground: GroundRow[], { estate }: Facts): Picked | Refusal {
  const told = asked.ending === undefined ? asked.serial : `${asked.serial}…${asked.ending}`;
  const rows = all.filter(({ certificate }) => isSerial(asked, certificate.serial));
  const under = ground.filter(({ certificate }) => certificate !== null && isSerial(asked, certificate.serial));
  if (rows.length === 0 && under.length === 0) {
    const known = all.filter(({ standing }) => standing !== "history").map(({ certificate }) => certificate.serial);
    const meant = nearest(asked.serial, known);
    return refuse(
      "not-found",
      `No certificate with the serial ${told} is known.`,
      meant === null
        ? "Its first four bytes are enough. What was replaced long ago is forgotten: Vault may still know it."
        : `Did you mean ${meant}?`,
    );
  }
  return {
    title: `Serial ${told}`,
    rows,
    ground: under,
    endpoints: watchedEndpoints(estate),
    services: estate.services,
  };
}

/** Told as what certops stands on, and not as a certificate besides: also the one it had, or will have, for the same use. */
export function isGround(certificate: Row["certificate"], { ground }: Pick<Facts, "ground">): boolean {
  return ground.some(({ name, certificate: its }) => {
    if (its === null) return false;
    if (its.fingerprint === certificate.fingerprint) return true;
    return (
      name === "certops' own certificate" && its.subject === certificate.subject && its.issuer === certificate.issuer
    );
  });
}

function show(what: string, rows: Row[], ground: GroundRow[], { estate }: Facts): Picked | Refusal {
  const wanted = what.toLowerCase();
  const endpoints = endpointsCalled(estate, what);
  const ids = new Set(endpoints.map(({ id }) => id));
  const prefix = wanted.replaceAll(":", "");
  const called = ({ certificate, places, service }: Row) =>
    certificate.isCa
      ? [certificate.subject, certificate.subject.replace(/^CN=/, "")].some((name) => name.toLowerCase() === wanted)
      : places.some(({ endpoint }) => ids.has(endpoint)) || service === wanted || certificate.names.includes(wanted);
  const fingerprinted = (fingerprint: string) => /^[0-9a-f]{6,64}$/.test(prefix) && fingerprint.startsWith(prefix);
  const found = rows.filter(
    (row) => (row.standing !== "history" && called(row)) || fingerprinted(row.certificate.fingerprint),
  );
  const under = ground.filter(
    (item) => isCalled(item, wanted) || (item.certificate !== null && fingerprinted(item.certificate.fingerprint)),
  );
  const services = unlistedCalled(estate, what);
  if (found.length === 0 && under.length === 0 && endpoints.length === 0 && services.length === 0) {
    return unheardOf(
      what,
      new Set([
        ...endpointNames(estate),
        ...rows.flatMap(({ certificate }) => certificate.names),
        ...groundNames(ground),
      ]),
    );
  }
  return { title: what, rows: found, ground: under, endpoints, services };
}

function host(what: string, rows: Row[], { estate }: Facts): Picked | Refusal {
  const wanted = what.toLowerCase();
  const suffix = wanted.startsWith("*.") ? wanted.slice(1) : null;
  const meant = (name: string) => (suffix === null ? name === wanted : name.endsWith(suffix));
  const endpoints = watchedEndpoints(estate).filter(({ host: address, port, serverName }) =>
    [address, `${address}:${port}`, serverName].some((name) => meant(name.toLowerCase())),
  );
  const ids = new Set(endpoints.map(({ id }) => id));
  const all = rows.filter(
    ({ certificate, places }) =>
      !certificate.isCa &&
      (certificate.names.some((name) => meant(name.toLowerCase())) || places.some(({ endpoint }) => ids.has(endpoint))),
  );
  const services = unlistedCalled(estate, what);
  if (all.length === 0 && endpoints.length === 0 && services.length === 0) {
    return unheardOf(
      what,
      new Set([...endpointNames(estate), ...rows.flatMap(({ certificate }) => certificate.names)]),
    );
  }
  const current = all.filter(({ standing }) => standing !== "history");
  // Of a name that nothing bears any more, what bore it last.
  return {
    title: `Host ${what}`,
    rows: current.length > 0 || endpoints.length > 0 ? current : all,
    ground: [],
    endpoints,
    services,
  };
}

function owner(what: string, current: Row[], services: ManagedService[]): Picked | Refusal {
  const owned = services.filter((service) => service.owner.toLowerCase() === what.toLowerCase());
  if (owned.length === 0) return unheardOf(what, new Set(services.map((service) => service.owner)));
  const names = new Set<string | null>(owned.map(({ name }) => name));
  return {
    title: `Owned by ${owned[0]?.owner}`,
    rows: current.filter(
      ({ certificate, service, places }) =>
        !certificate.isCa && (names.has(service) || places.some((place) => names.has(place.service))),
    ),
    ground: [],
    endpoints: owned.flatMap(({ endpoints }) => endpoints),
    services: owned,
  };
}

function unheardOf(what: string, known: Set<string>, message = `Nothing here is called ${what}.`): Refusal {
  const meant = nearest(what, known);
  return refuse(
    "not-found",
    message,
    meant === null ? `Known are ${[...known].toSorted().slice(0, 12).join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function within({ notBefore, notAfter }: GroundRow, judge: (life: Lifetime) => boolean): boolean {
  return notAfter !== null && judge({ notBefore: notBefore ?? notAfter, notAfter });
}

const servicesOf = ({ rows, endpoints }: Picked) => [...rows, ...endpoints].map(({ service }) => service);
