import type { Answer, Facts } from "../../bot/domain/answer.ts";
import { answerFrom } from "../../bot/domain/answering.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { parseQuery } from "../../bot/domain/query.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { aLookSince, anEstate, aRecord } from "./inventory-fixtures.ts";
import { t0 } from "./renewal-fixtures.ts";

export const day = 86_400_000;
export const now = t0 + 60_000;
export const bNames = { names: ["service-b.example.com"], subject: "CN=service-b.example.com" };
/** By their short names, at `now`: those that the estate serves, one that was replaced and one that is gone. */
export const leaves = {
  a1: aRecord("a1", ["service-a/a-1"]),
  a2: aRecord("a2", ["service-a/a-2"], { notAfter: t0 + 65_000 }),
  b1: aRecord("b1", ["service-b/b-1"], { ...bNames, notAfter: now - 5_000 }),
  mail: aRecord("mail", ["mail.example.com:465"], {
    names: ["mail.example.com"],
    issuer: "CN=Public CA",
    notBefore: t0 - 60 * day,
    notAfter: t0 + 30 * day,
  }),
  replaced: aRecord("replaced", [], {
    notAfter: now + 1_000,
    sightings: [{ endpoint: "service-a/a-1", firstSeen: t0 - 9, lastSeen: t0 - 9, latest: false }],
  }),
  gone: aRecord("gone", [], { names: ["gone.example.com"], notAfter: t0 - day, issuedAt: t0 - 2 * day }),
};

function facts(changes: Partial<Facts> = {}): Facts {
  return {
    records: Object.values(leaves),
    observations: [
      aLookSince("service-a/a-1", leaves.a1, { at: now - 1_000 }),
      aLookSince("service-a/a-2", leaves.a2, { at: now - 2_000 }),
      aLookSince("service-b/b-1", leaves.b1, { at: now - 3_000, problem: handshakeProblem("CERT_HAS_EXPIRED") }),
      aLookSince("service-b/b-2", null, { at: now - 500, since: now - 40_000 }),
      aLookSince("mail.example.com:465", leaves.mail, { at: now - 4_000 }),
    ],
    estate: anEstate(),
    ground: [],
    renewing: new Map(),
    renewals: [],
    revoked: new Map(),
    frozen: [],
    now,
    ...changes,
  };
}

/** What is answered to the question in a terminal or in Slack, a refusal among it. */
export function asked(question: string, changes: Partial<Facts> = {}) {
  const query = parseQuery(question.split(" "));
  if (isRefusal(query)) throw new Error(query.message);
  return answerFrom(query, facts(changes));
}

/** The same; a refusal fails the test. */
export function answer(question: string, changes: Partial<Facts> = {}): Answer {
  const answered = asked(question, changes);
  if (isRefusal(answered)) throw new Error(answered.message);
  return answered;
}

/** Which certificates are in the answer, by their short names. */
export const named = ({ rows }: Answer) => rows.map(({ certificate }) => certificate.pem.split("\n")[1]);
/** That condition of the first of them. */
export const condition = ({ rows }: Answer, type: string) => rows[0]?.conditions.find((one) => one.type === type);
