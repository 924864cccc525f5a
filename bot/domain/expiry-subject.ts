import { type Facts, type GroundRow, groundRows, type Row, rowsOf } from "./answer.ts";
import { isGround } from "./answering.ts";
import type { Estate } from "./estate.ts";
import { expiringFrom, type Window } from "./expiry.ts";
import { settleMs } from "./lineage.ts";
import { unlisted } from "./unlisted.ts";

/**
 * What one notice is about. `service`: all instances of a managed service. `endpoint`: one that somebody else renews.
 * `authority`: a CA that endpoints present. `ground`: what certops itself stands on.
 */
export interface Subject {
  /** What a person calls it; two subjects never share one. */
  id: string;
  kind: "service" | "endpoint" | "authority" | "ground";
  owner: string | null;
  /** Soonest first. */
  endings: Ending[];
}

/** One certificate at one place, or a part of the ground. Times are epoch milliseconds. */
export interface Ending {
  /** An instance, an endpoint, or where a file is kept. */
  where: string;
  serial: string | null;
  /** null where it is not known. */
  notBefore: number | null;
  notAfter: number;
  /** Nothing newer is known of the place since then: this is what it showed last. null: it was seen just now. */
  unreachedSince: number | null;
}

export const expired = "expired";

/** The same of all that is known. */
export function subjectsIn(facts: Facts): Subject[] {
  const rows = rowsOf(facts).filter(({ certificate }) => !isGround(certificate, facts));
  return subjectsOf(rows, groundRows(facts.ground, facts.now));
}

/**
 * Everything that is watched and ends. What was issued and is watched nowhere has no subject: nobody can say whether it is
 * in use. `rows`: without the ground's own certificates.
 */
export function subjectsOf(rows: Row[], ground: GroundRow[]): Subject[] {
  const placed = rows.filter(({ standing }) => standing === "served" || standing === "last-seen").flatMap(placesOf);
  const under = ground.flatMap((item): [Omit<Subject, "endings">, Ending][] => {
    const { name, where, certificate, notBefore, notAfter } = item;
    if (notAfter === null) return [];
    const ending = { where, serial: certificate?.serial ?? null, notBefore, notAfter, unreachedSince: null };
    return [[{ id: name, kind: "ground", owner: null }, ending]];
  });
  const byId = Map.groupBy([...placed, ...under], ([{ id }]) => id);
  return [...byId.values()].flatMap((its) => {
    const [first] = its;
    if (first === undefined) return [];
    const endings = its.map(([, ending]) => ending).toSorted((a, b) => a.notAfter - b.notAfter);
    return [{ ...first[0], endings }];
  });
}

/** What a notice about this certificate would be of; empty where nobody watches it. */
export const subjectIdsOf = (row: Row): string[] => [...new Set(subjectsOf([row], []).map(({ id }) => id))];

function placesOf({ certificate, places, conditions }: Row): [Omit<Subject, "endings">, Ending][] {
  const { serial, notBefore, notAfter, isCa, subject } = certificate;
  const unreached = conditions.find(({ reason }) => reason === "Unreachable" || reason === "StaleProbe");
  const life = { serial, notBefore, notAfter, unreachedSince: unreached?.lastTransition ?? null };
  if (isCa) {
    const where = places.map(({ endpoint }) => endpoint).join(", ");
    return [
      [
        { id: authorityId(subject), kind: "authority", owner: null },
        { ...life, where },
      ],
    ];
  }
  return places.map(({ service, instance, endpoint, owner }) =>
    service === null
      ? [
          { id: endpoint, kind: "endpoint", owner },
          { ...life, where: endpoint },
        ]
      : [
          { id: service, kind: "service", owner },
          { ...life, where: instance },
        ],
  );
}

/** What a person calls an authority. `subject`: as its certificate has it. */
export const authorityId = (subject: string) => subject.replace(/^CN=/, "");

/** The services of which nothing can be said now: their catalog lists none of their instances. */
export const unsureOf = (estate: Pick<Estate, "services">) => new Set(unlisted(estate).map(({ name }) => name));

/** "30 d", "20 %" */
export function tellThreshold(window: Window): string {
  if (window.kind === "share") return `${Number((window.share * 100).toFixed(3))} %`;
  const days = window.ms / dayMs;
  return days >= 1 ? `${Number(days.toFixed(2))} d` : `${Math.round(window.ms / 1_000)} s`;
}

const dayMs = 86_400_000;

/**
 * The thresholds it has crossed, the first first, and in the end `expired`. A number of days counts only where the
 * lifetime is at least twice as long: a certificate of 47 days would be near its end for most of its life. One that was
 * crossed this moment is left to automation, which renews it and is seen to have done so shortly after.
 */
export function crossedBy(ending: Ending, thresholds: Window[], now: number): string[] {
  const { notBefore, notAfter } = ending;
  const moments = thresholds.flatMap((window): [string, number][] => {
    if (notBefore === null) return window.kind === "within" ? [[tellThreshold(window), notAfter - window.ms]] : [];
    if (window.kind === "within" && window.ms * 2 > notAfter - notBefore) return [];
    return [[tellThreshold(window), expiringFrom({ notBefore, notAfter }, window)]];
  });
  return [...moments.toSorted((a, b) => a[1] - b[1]), [expired, notAfter] as const]
    .filter(([, at]) => now >= at + settleMs)
    .map(([threshold]) => threshold);
}
