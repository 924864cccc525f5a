import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { CertificateFilter } from "../../operations/inventory.ts";
import type { CertificateRecord, Sighting } from "../../domain/certificate.ts";
import type { Window } from "../../domain/expiry.ts";
import { certificateOf, reversed } from "./inventory-rows.ts";
import type { Tables } from "./inventory-tables.ts";

/** Of a suffix or a word that everything bears, so many are looked through. */
const foundAtMost = 1_000;

type Build = ExpressionBuilder<Tables, "certificates">;

/** The latest end first; of what nobody watches the soonest. Every condition of the filter must hold. */
export async function findCertificates(
  db: Kysely<Tables>,
  filter: CertificateFilter,
  rowids?: number[],
): Promise<CertificateRecord[]> {
  const { limit, unwatched } = filter;
  const rows = await db
    .selectFrom("certificates")
    .selectAll()
    .select(sightings.as("sightings"))
    .where((eb) => eb.and(conditions(eb, filter)))
    .$if(rowids !== undefined, (query) =>
      query.where(sql<boolean>`rowid IN (SELECT value FROM json_each(${JSON.stringify(rowids)}))`),
    )
    .orderBy(inOrder(filter, rowids), unwatched === undefined ? "desc" : "asc")
    .$if(unwatched === undefined, (query) => query.orderBy("fingerprint"))
    .$if(limit !== undefined, (query) => query.limit(limit ?? 0))
    .execute();
  return rows.map((row) => {
    const seen: (Omit<Sighting, "latest"> & { latest: 0 | 1; now: 0 | 1 })[] = JSON.parse(row.sightings);
    return {
      ...certificateOf(row),
      servedAt: seen.filter(({ now }) => now === 1).map(({ endpoint }) => endpoint),
      sightings: seen.map(({ endpoint, firstSeen, lastSeen, latest }) => ({
        endpoint,
        firstSeen,
        lastSeen,
        latest: latest === 1,
      })),
      issuedAt: row.issued_at,
      firstSeen: row.first_seen,
      lastSeen: row.last_seen,
    };
  });
}

const sightings = sql<string>`(SELECT json_group_array(json_object(
    'endpoint', s.endpoint, 'firstSeen', s.first_seen, 'lastSeen', s.last_seen,
    'latest', o.last_fingerprint IS s.fingerprint, 'now', o.fingerprint IS s.fingerprint))
  FROM sightings s LEFT JOIN observations o ON o.endpoint = s.endpoint
  WHERE s.fingerprint = certificates.fingerprint)`;

function conditions(eb: Build, filter: CertificateFilter) {
  const { serial, serialStart, fingerprint, name, generation, issuers, inUse, unwatched } = filter;
  return [
    ...(serial === undefined ? [] : [eb("serial", "=", serial)]),
    ...(serialStart === undefined ? [] : startsWith(eb, "serial", serialStart)),
    ...(fingerprint === undefined ? [] : startsWith(eb, "fingerprint", fingerprint)),
    ...(name === undefined ? [] : [eb("fingerprint", "in", named(eb, name))]),
    ...(generation === undefined ? [] : [eb("generation", "=", generation)]),
    ...(issuers === undefined ? [] : [eb("issuer", "in", issuers)]),
    ...(inUse === undefined ? [] : [eb("fingerprint", "in", used(inUse))]),
    ...(unwatched === undefined ? [] : unseen(eb, unwatched)),
  ];
}

/** With whether there are more: than asked for, or than are looked through for a suffix or a word that everything bears. */
export async function lookUp(
  db: Kysely<Tables>,
  filter: CertificateFilter & { limit: number; words?: string[] },
): Promise<{ records: CertificateRecord[]; isBeyond: boolean }> {
  const { name, words, limit } = filter;
  const worded = words === undefined ? null : await rowsWith(db, words);
  const records = await findCertificates(db, filter, worded?.slice(0, foundAtMost));
  const isFull = records.length >= limit || (worded ?? []).length > foundAtMost;
  return { records, isBeyond: isFull || (name?.startsWith("*.") === true && (await isCommon(db, name))) };
}

async function isCommon(db: Kysely<Tables>, name: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM certificate_names WHERE ${underSuffix(name)} LIMIT 1 OFFSET ${foundAtMost}`.execute(db);
  return rows.length > 0;
}

/** Each begins a word of a subject, a name or an issuer. The newest first: they are the ones in use. */
async function rowsWith(db: Kysely<Tables>, words: string[]): Promise<number[]> {
  const match = words.map((word) => `"${word.replaceAll('"', "")}"*`).join(" AND ");
  const { rows } = await sql<{ rowid: number }>`
    SELECT rowid FROM certificate_words WHERE certificate_words MATCH ${match}
    ORDER BY rowid DESC LIMIT ${foundAtMost + 1}`.execute(db);
  return rows.map(({ rowid }) => rowid);
}

/** Where few are found otherwise, SQLite must not walk through all of them by their ends. */
const inOrder = ({ name }: CertificateFilter, rowids: number[] | undefined) =>
  name === undefined && rowids === undefined ? sql<number>`not_after` : sql<number>`+not_after`;

// As a range, not LIKE, so that the column's index serves it. "g" comes after every hex digit, and after the colon.
const startsWith = (eb: Build, column: "fingerprint" | "serial", prefix: string) => [
  eb(column, ">=", prefix),
  eb(column, "<", `${prefix}g`),
];

function named(eb: Build, name: string) {
  const names = eb.selectFrom("certificate_names").select("certificate_names.fingerprint");
  if (!name.startsWith("*.")) return names.where("reversed", "=", reversed(name));
  return names.where(underSuffix(name)).limit(foundAtMost);
}

function underSuffix(name: string) {
  const suffix = reversed(name.slice(2));
  // "/" comes right after ".".
  return sql<boolean>`reversed > ${suffix} AND reversed < ${suffix.replace(/\.$/, "/")}`;
}

const used = ({ at, names }: NonNullable<CertificateFilter["inUse"]>) => sql<string>`(
  SELECT last_fingerprint FROM observations WHERE last_fingerprint IS NOT NULL
  UNION SELECT fingerprint FROM certificates WHERE is_ca = 1
  UNION SELECT live.fingerprint FROM certificate_names AS named
    JOIN certificates AS live ON live.fingerprint = named.fingerprint
    WHERE named.reversed IN (SELECT value FROM json_each(${JSON.stringify(names.map(reversed))}))
    AND live.not_after > ${at}
    AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.fingerprint = live.fingerprint))`;

function unseen(eb: Build, { at, window }: NonNullable<CertificateFilter["unwatched"]>) {
  return [
    eb("is_ca", "=", 0),
    eb("not_after", ">", at),
    ...(window === undefined ? [] : endingIn(eb, window, at)),
    sql<boolean>`NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.fingerprint = certificates.fingerprint)`,
    sql<boolean>`NOT EXISTS (SELECT 1 FROM certificates AS newer WHERE newer.subject = certificates.subject
      AND newer.not_before > certificates.not_before AND newer.issuer = certificates.issuer
      AND newer.names = certificates.names)`,
  ];
}

/** Of a share of life only the longest life says how far ahead to look by the index. */
function endingIn(eb: Build, window: Window, at: number) {
  if (window.kind === "within") return [eb("not_after", "<=", at + window.ms)];
  const longest = sql<number>`(SELECT max(not_after - not_before) FROM certificates WHERE is_ca = 0)`;
  return [
    sql<boolean>`not_after <= ${at} + ${window.share} * ${longest}`,
    sql<boolean>`not_after - ${at} <= ${window.share} * (not_after - not_before)`,
  ];
}

/** Everyone who signed something, each once; by leaps through the index, not by a walk. */
export async function findIssuers(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ issuer: string }>`
    WITH RECURSIVE leaps (issuer) AS (
      SELECT min(issuer) FROM certificates
      UNION ALL SELECT (SELECT min(issuer) FROM certificates WHERE issuer > leaps.issuer) FROM leaps WHERE issuer IS NOT NULL
    ) SELECT issuer FROM leaps WHERE issuer IS NOT NULL`.execute(db);
  return rows.map(({ issuer }) => issuer);
}
