import type { Answer } from "../domain/answer.ts";
import { answerFrom } from "../domain/answering.ts";
import type { Estate } from "../domain/estate.ts";
import type { Ground } from "../domain/ground.ts";
import { type Query, isBeginning } from "../domain/query.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import type { CertificateRecord } from "./ports.ts";

/** Answers from the store alone: nothing is looked up while a person waits. */
export async function answerQuery(
  needs: FactsNeeds,
  estate: Estate & { ground: Ground[] },
  query: Query,
): Promise<Answer | Refusal> {
  return answerFrom(query, await gatherFacts(needs, estate, await pastOnes(needs, query)));
}

const mostPast = 100;
/** Of a name that nothing bears any more. */
const lastOnes = 3;

/** Only a question for one certificate or one name looks into history. */
async function pastOnes({ inventory }: FactsNeeds, query: Query): Promise<CertificateRecord[]> {
  if (query.kind === "serial") {
    const { serial } = query;
    return inventory.certificates({ ...(isBeginning(query) ? { serialStart: serial } : { serial }), limit: mostPast });
  }
  if (query.kind === "host") return inventory.certificates({ name: query.what, limit: lastOnes });
  if (query.kind !== "show") return [];
  const fingerprint = query.what.toLowerCase().replaceAll(":", "");
  if (!/^[0-9a-f]{6,64}$/.test(fingerprint)) return [];
  return inventory.certificates({ fingerprint, limit: mostPast });
}
