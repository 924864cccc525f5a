import type { Answer } from "../domain/answer.ts";
import { answerFrom } from "../domain/answering.ts";
import type { Estate } from "../domain/estate.ts";
import type { Ground } from "../domain/ground.ts";
import { type Query, isBeginning } from "../domain/query.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import type { Inventory } from "./inventory.ts";

export interface QueryNeeds extends FactsNeeds {
  inventory: Pick<Inventory, "certificates" | "lookUp" | "observations" | "issuers">;
}

/** Answers from the store alone: nothing is looked up while a person waits. */
export async function answerQuery(
  needs: QueryNeeds,
  estate: Estate & { ground: Ground[] },
  query: Query,
): Promise<Answer | Refusal> {
  const { inventory } = needs;
  const filters = await lookups(needs, estate, query);
  const besides = await Promise.all(filters.map((filter) => inventory.lookUp(filter)));
  const records = besides.flatMap((one) => one.records);
  const answer = answerFrom(query, await gatherFacts(needs, estate, records));
  const more = besides.some(({ isBeyond }, index) => isBeyond && filters[index]?.limit === mostBesides);
  return "refused" in answer ? answer : { ...answer, more };
}

/** Of what nobody watches, and of what is past. A page holds ten. */
const mostBesides = 200;
/** Of a name that nothing bears any more. */
const lastOnes = 3;

/** What a question looks for beyond what is in use. */
async function lookups(
  { inventory, clock }: QueryNeeds,
  estate: Estate,
  query: Query,
): Promise<Parameters<Inventory["lookUp"]>[0][]> {
  const unwatched = { at: clock() };
  const limit = mostBesides;
  switch (query.kind) {
    case "expiring":
      return [{ unwatched: { ...unwatched, window: query.window ?? estate.within }, limit }];
    case "expired":
    case "owner":
      return [];
    case "serial": {
      const { serial } = query;
      return [{ ...(isBeginning(query) ? { serialStart: serial } : { serial }), limit }];
    }
    case "host":
      return [
        { name: query.what, unwatched, limit },
        { name: query.what, limit: lastOnes },
      ];
    case "issuer": {
      const all = await inventory.issuers();
      const meant = all.filter((issuer) => issuer.toLowerCase().includes(query.what.toLowerCase()));
      return meant.length === 0 ? [] : [{ issuers: meant.slice(0, issuersAtMost), unwatched, limit }];
    }
    case "ask":
      return [{ words: query.words, unwatched, limit }];
    case "show": {
      const fingerprint = query.what.toLowerCase().replaceAll(":", "");
      const isFingerprint = /^[0-9a-f]{6,64}$/.test(fingerprint);
      return [{ name: query.what, unwatched, limit }, ...(isFingerprint ? [{ fingerprint, limit }] : [])];
    }
  }
}

const issuersAtMost = 20;
