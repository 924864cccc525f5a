import { type Facts, type GroundRow, type Row, type UnknownEndpoint, rowsOf } from "./answer.ts";
import { answerFrom } from "./answering.ts";
import { tellWindow } from "./expiry.ts";
import type { FreezeInForce } from "./freeze.ts";
import { isRefusal } from "./refusal.ts";
import type { Query } from "./query.ts";

/** What the daily message tells. It travels as JSON, so it holds no certificate. */
export interface Digest {
  type: "digest";
  at: number;
  /** Ends a sentence: "within 30 d". */
  within: string;
  expired: DigestLine[];
  expiring: DigestLine[];
  /** Neither, and yet not well: handshakes fail, it was issued and is not served, or it should have been replaced. */
  failing: (DigestLine & { why: string })[];
  unknown: UnknownEndpoint[];
  /** Of what certops stands on: what ends soon, has ended, or could not be read. */
  ground: { name: string; notAfter: number | null; problem: string | null }[];
  frozen: Pick<FreezeInForce, "scope" | "by" | "until">[];
}

export interface DigestLine {
  name: string;
  owner: string | null;
  endpoints: string[];
  serial: string;
  notAfter: number;
}

export function digestOf(facts: Facts): Digest {
  const ask = (query: Query) => {
    const answer = answerFrom(query, facts);
    return isRefusal(answer) ? null : answer;
  };
  const expired = ask({ kind: "expired" });
  const expiring = ask({ kind: "expiring", window: null });
  const failing = rowsOf(facts).filter(({ standing }) => standing !== "history");
  return {
    type: "digest",
    at: facts.now,
    within: tellWindow(facts.estate.within),
    expired: (expired?.rows ?? []).map(lineOf),
    expiring: (expiring?.rows ?? []).map(lineOf),
    failing: failing.flatMap((row) => {
      const ill = row.conditions.find(
        ({ type, status, reason }) =>
          status === "False" && ((type === "Ready" && reason !== "Expired") || reason === "OldGeneration"),
      );
      return ill ? [{ ...lineOf(row), why: ill.message }] : [];
    }),
    unknown: expiring?.unknown ?? [],
    ground: groundLines([...(expired?.ground ?? []), ...(expiring?.ground ?? [])]),
    frozen: facts.frozen.map(({ scope, by, until }) => ({ scope, by, until })),
  };
}

function lineOf({ certificate, service, places }: Row): DigestLine {
  return {
    name: certificate.names[0] ?? service ?? certificate.subject,
    owner: places[0]?.owner ?? null,
    endpoints: places.map(({ endpoint }) => endpoint),
    serial: certificate.serial,
    notAfter: certificate.notAfter,
  };
}

/** One that cannot be read stands in both answers. */
function groundLines(rows: GroundRow[]): Digest["ground"] {
  const byName = new Map(rows.map(({ name, notAfter, problem }) => [name, { name, notAfter, problem }]));
  return [...byName.values()];
}
