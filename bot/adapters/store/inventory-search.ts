import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { CertificateFilter } from "../../operations/ports.ts";
import type { CertificateRecord, Sighting } from "../../domain/certificate.ts";
import { certificateOf, reversed } from "./inventory-rows.ts";
import type { Tables } from "./inventory-tables.ts";

type Build = ExpressionBuilder<Tables, "certificates">;

/** The latest end first. Every condition of the filter must hold. */
export async function findCertificates(db: Kysely<Tables>, filter: CertificateFilter): Promise<CertificateRecord[]> {
  const { limit } = filter;
  const rows = await db
    .selectFrom("certificates")
    .selectAll()
    .select(sightings.as("sightings"))
    .where((eb) => eb.and(conditions(eb, filter)))
    .orderBy("not_after", "desc")
    .orderBy("fingerprint")
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
  const { serial, serialStart, fingerprint, name, generation, currentAt } = filter;
  return [
    ...(serial === undefined ? [] : [eb("serial", "=", serial)]),
    ...(serialStart === undefined ? [] : startsWith(eb, "serial", serialStart)),
    ...(fingerprint === undefined ? [] : startsWith(eb, "fingerprint", fingerprint)),
    ...(name === undefined ? [] : [eb("fingerprint", "in", named(eb, name))]),
    ...(generation === undefined ? [] : [eb("generation", "=", generation)]),
    ...(currentAt === undefined ? [] : [eb("fingerprint", "in", current(currentAt))]),
  ];
}

// As a range, not LIKE, so that the column's index serves it. "g" comes after every hex digit, and after the colon.
const startsWith = (eb: Build, column: "fingerprint" | "serial", prefix: string) => [
  eb(column, ">=", prefix),
  eb(column, "<", `${prefix}g`),
];

function named(eb: Build, name: string) {
  const names = eb.selectFrom("certificate_names").select("certificate_names.fingerprint");
  if (!name.startsWith("*.")) return names.where("reversed", "=", reversed(name));
  const suffix = reversed(name.slice(2));
  // "/" comes right after ".".
  return names.where("reversed", ">", suffix).where("reversed", "<", suffix.replace(/\.$/, "/"));
}

const current = (at: number) => sql<string>`(
  SELECT last_fingerprint FROM observations WHERE last_fingerprint IS NOT NULL
  UNION SELECT fingerprint FROM certificates WHERE is_ca = 1
  UNION SELECT fingerprint FROM certificates AS live WHERE not_after > ${at}
    AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.fingerprint = live.fingerprint))`;
