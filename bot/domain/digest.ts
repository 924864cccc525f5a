import { type Facts, type GroundRow, type Row, rowsOf } from "./answer.ts";
import { answerFrom } from "./answering.ts";
import { tellWindow, type Window } from "./expiry.ts";
import { crossedBy } from "./expiry-subject.ts";
import type { FreezeInForce } from "./freeze.ts";
import { isRefusal } from "./refusal.ts";
import type { Query } from "./query.ts";
import { type Silence, silences, type SilentEndpoint } from "./silence.ts";

/** What one channel's daily message tells: what changed since the one before, and what is due. It travels as JSON. */
export interface Digest {
  type: "digest";
  at: number;
  /** When the one before was told; null: this is the first. */
  since: number | null;
  /** Ends a sentence: "within 30 d". */
  within: string;
  /** All there is, also what is not told again. */
  counts: { expired: number; expiring: number; failing: number; silent: number; watched: number };
  owners: { owner: string | null; lines: DigestLine[] }[];
  /** Every endpoint of which nothing is known now, by the day since which it is so. */
  silent: Silence[];
  /** What was issued and ends soon, and nobody watches where it is used; left out by one told before there was such a line. */
  unwatched?: UnwatchedLine | null;
  /** What was told last and is well now. */
  resolved: string[];
  /** How many are as they were told last. */
  unchanged: number;
  snoozed: number;
  /** Of what certops stands on: what ends soon, has ended, or could not be read. */
  ground: { name: string; notAfter: number | null; problem: string | null }[];
  frozen: Pick<FreezeInForce, "scope" | "by" | "until">[];
}

export interface DigestLine {
  /** `failing`: neither of the others, and yet not well. */
  state: "expired" | "expiring" | "failing";
  /** The last threshold it crossed; empty where it crossed none. */
  level: string;
  name: string;
  owner: string | null;
  /** What a notice or a snooze of it is about. */
  subject: string;
  endpoints: string[];
  serial: string;
  notAfter: number;
  /** Handshakes fail, it was issued and is not served, or it should have been replaced; null: none of these. */
  why: string | null;
}

/** Of certificates whose use is not watched. */
export interface UnwatchedLine {
  count: number;
  /** There are more than were looked at. */
  isMore: boolean;
  /** By whoever answers for a service of one of their names; of most nobody knows. */
  owners: { owner: string; count: number }[];
  first: { name: string; notAfter: number };
}

/** One that was issued, and is served nowhere that is watched. */
interface Unwatched {
  name: string;
  /** null: no service has one of its names. */
  owner: string | null;
  notAfter: number;
}

/** Everything there is to tell at one moment, told before or not. */
export interface Stand extends Pick<Digest, "at" | "within" | "ground" | "frozen"> {
  lines: DigestLine[];
  silent: SilentEndpoint[];
  /** Soonest end first. */
  unwatched: Unwatched[];
  /** Whether there are more of them than were looked at. */
  isMore: boolean;
  watched: { owner: string | null }[];
}

/** `isMore`: of what nobody watches there is more than the facts hold. */
export function standOf(facts: Facts, thresholds: Window[], isMore = false): Stand {
  const { now, estate } = facts;
  const ask = (query: Query) => {
    const answer = answerFrom(query, facts);
    return isRefusal(answer) ? null : answer;
  };
  const [expired, expiring] = [ask({ kind: "expired" }), ask({ kind: "expiring", window: null })];
  // One line tells of them all: that they end hurts nobody who is known.
  const [unwatched = [], watched = []] = [true, false].map((is) =>
    expiring?.rows.filter(({ standing }) => (standing === "unwatched") === is),
  );
  const lineOf = (state: DigestLine["state"]) => (row: Row) => line(row, state, { thresholds, now });
  const told = new Set(
    [...(expired?.rows ?? []), ...(expiring?.rows ?? [])].map(({ certificate }) => certificate.fingerprint),
  );
  const ill = rowsOf(facts).filter(
    ({ standing, certificate }) => standing !== "history" && !told.has(certificate.fingerprint),
  );
  const owners = new Map(
    estate.services.flatMap(({ owner, endpoints }) => endpoints.map(({ id }) => [id, owner] as const)),
  );
  return {
    at: now,
    within: tellWindow(estate.within),
    lines: [
      ...(expired?.rows ?? []).map(lineOf("expired")),
      ...watched.map(lineOf("expiring")),
      ...ill.filter((row) => illness(row) !== null).map(lineOf("failing")),
    ],
    silent: (expiring?.unknown ?? []).map(({ endpoint, since, why }) => ({
      endpoint,
      since,
      why,
      owner: owners.get(endpoint) ?? estate.services.find(({ name }) => name === endpoint)?.owner ?? null,
    })),
    unwatched: unwatched.map(({ certificate: { names, subject, notAfter } }) => ({
      name: names[0] ?? subject,
      owner: estate.services.find((service) => service.names.some((name) => names.includes(name)))?.owner ?? null,
      notAfter,
    })),
    isMore,
    watched: [
      ...estate.services.flatMap(({ name, owner, endpoints }) =>
        (endpoints.length === 0 ? [name] : endpoints).map(() => ({ owner })),
      ),
      ...estate.endpoints.map(() => ({ owner: null })),
    ],
    ground: groundLines([...(expired?.ground ?? []), ...(expiring?.ground ?? [])]),
    frozen: facts.frozen.map(({ scope, by, until }) => ({ scope, by, until })),
  };
}

/** The part of it that one channel is told. `isTheirs`: by owner; null: nobody's. */
export function partOf(stand: Stand, isTheirs: (owner: string | null) => boolean): Stand {
  const theirs = ({ owner }: { owner: string | null }) => isTheirs(owner);
  return {
    ...stand,
    lines: stand.lines.filter(theirs),
    silent: stand.silent.filter(theirs),
    unwatched: stand.unwatched.filter(theirs),
    isMore: stand.isMore && isTheirs(null),
    watched: stand.watched.filter(theirs),
    ground: isTheirs(null) ? stand.ground : [],
  };
}

/** What was told: for each thing its state, which is told again only when it is another. */
export type Told = Record<string, { name: string; state: string }>;

/**
 * What is new since `last`, and what ends before `next`, when the digest after this one comes. What is snoozed is only
 * counted.
 */
export function digestSince(
  stand: Stand,
  {
    last,
    next,
    isSnoozed,
    timezone,
  }: {
    last: { at: number; told: Told } | null;
    next: number;
    isSnoozed: (subject: string) => boolean;
    timezone: string;
  },
): { digest: Digest; told: Told } {
  const { lines, silent, watched, unwatched, isMore, ...rest } = stand;
  const told = toldBy(stand);
  const isNew = (key: string) => last === null || last.told[key]?.state !== told[key]?.state;
  const awake = lines.filter(({ subject }) => !isSnoozed(subject));
  const shown = awake.filter((one) => one.notAfter <= next || isNew(keyOf(one)));
  const count = (state: DigestLine["state"]) => lines.filter((one) => one.state === state).length;
  // What is not watched any more is not well for that.
  const unseen = new Set(unwatched.map(({ name }) => name));
  const gone = Object.entries(last?.told ?? {}).filter(
    ([key, { name }]) => told[key] === undefined && !unseen.has(name),
  );
  const byOwner = Map.groupBy(shown.slice(0, linesAtMost), ({ owner }) => owner);
  return {
    digest: {
      type: "digest",
      ...rest,
      since: last?.at ?? null,
      counts: {
        expired: count("expired"),
        expiring: count("expiring"),
        failing: count("failing"),
        silent: silent.length,
        watched: watched.length,
      },
      owners: [...byOwner].map(([owner, its]) => ({ owner, lines: its })),
      silent: silences(silent, { timezone, isNew: ({ endpoint }) => isNew(silentKey(endpoint)) }),
      unwatched: unwatchedLine(unwatched, isMore),
      resolved: [...new Set(gone.map(([, { name }]) => name))].slice(0, linesAtMost),
      unchanged: awake.length - Math.min(shown.length, linesAtMost),
      snoozed: lines.length - awake.length,
    },
    told,
  };
}

function unwatchedLine(all: Unwatched[], isMore: boolean): UnwatchedLine | null {
  const [first] = all;
  if (first === undefined) return null;
  const owners = [...Map.groupBy(all, ({ owner }) => owner)].flatMap(([owner, its]) =>
    owner === null ? [] : [{ owner, count: its.length }],
  );
  return { count: all.length, isMore, owners, first: { name: first.name, notAfter: first.notAfter } };
}

/** More than Slack has room for; the rest counts as unchanged. */
const linesAtMost = 60;

function toldBy({ lines, silent }: Stand): Told {
  return Object.fromEntries([
    ...lines.map(
      (one) => [keyOf(one), { name: one.name, state: `${one.state} ${one.level} ${one.why ?? ""}` }] as const,
    ),
    ...silent.map(
      ({ endpoint, since }) => [silentKey(endpoint), { name: endpoint, state: `silent ${since ?? ""}` }] as const,
    ),
  ]);
}

/** By place and not by serial: the next short-lived certificate of a place is the same news. */
const keyOf = ({ name, endpoints }: DigestLine) => `${name} ${endpoints.join(" ")}`;

const silentKey = (endpoint: string) => `silent ${endpoint}`;

function illness({ conditions }: Row): string | null {
  const ill = conditions.find(
    ({ type, status, reason }) =>
      status === "False" && ((type === "Ready" && reason !== "Expired") || reason === "OldGeneration"),
  );
  return ill?.message ?? null;
}

function line(
  row: Row,
  state: DigestLine["state"],
  { thresholds, now }: { thresholds: Window[]; now: number },
): DigestLine {
  const { certificate, service, places } = row;
  const { names, subject, serial, notAfter } = certificate;
  const endpoints = places.map(({ endpoint }) => endpoint);
  const ending = { ...certificate, where: "", unreachedSince: null };
  return {
    state,
    level: crossedBy(ending, thresholds, now).at(-1) ?? "",
    name: names[0] ?? service ?? subject,
    owner: places[0]?.owner ?? null,
    subject: service ?? endpoints[0] ?? subject.replace(/^CN=/, ""),
    endpoints,
    serial,
    notAfter,
    why: illness(row),
  };
}

/** One that cannot be read stands in both answers. */
function groundLines(rows: GroundRow[]): Digest["ground"] {
  const byName = new Map(rows.map(({ name, notAfter, problem }) => [name, { name, notAfter, problem }]));
  return [...byName.values()];
}
