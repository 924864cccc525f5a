import type { Facts } from "../domain/answer.ts";
import type { Estate } from "../domain/estate.ts";
import type { Window } from "../domain/expiry.ts";
import { type Subject, subjectsIn } from "../domain/expiry-subject.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { snoozeOf } from "../domain/snooze.ts";
import { itself, lateOf, unaskedRenewal } from "../domain/unasked.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import { proposeRenewal, type ProposeNeeds } from "./propose-renewal.ts";
import type { Snoozes } from "./store-ports.ts";

export interface UnaskedNeeds extends FactsNeeds {
  requests: ProposeNeeds["requests"];
  inventory: FactsNeeds["inventory"] & ProposeNeeds["inventory"];
  snoozes: Pick<Snoozes, "all">;
}

/**
 * Asks for the renewals that nobody asked for, where a policy's standing approval says so: of what crossed a threshold and
 * is served still. What is frozen or snoozed waits. Called at any pace: for a certificate and a threshold there is one.
 */
export async function renewUnasked(
  needs: UnaskedNeeds,
  { thresholds }: { thresholds: Window[] },
  estate: Estate,
): Promise<void> {
  if (!estate.services.some(beginsByItself)) return;
  const facts = await gatherFacts(needs, { ...estate, services: estate.services, ground: [] });
  const subjects = new Map(subjectsIn(facts).map((subject) => [subject.id, subject]));
  const snoozes = await needs.snoozes.all();
  for (const service of facts.estate.services.filter(beginsByItself)) {
    const subject = subjects.get(service.name);
    if (subject?.kind !== "service" || snoozeOf(snoozes, service.name, facts.now) !== null) continue;
    await renewLate(needs, service, { subject, thresholds, facts });
  }
}

const beginsByItself = ({ approval }: ManagedService) => approval.standing?.unasked === true;

async function renewLate(
  needs: UnaskedNeeds,
  service: ManagedService,
  { subject, thresholds, facts }: { subject: Subject; thresholds: Window[]; facts: Facts },
): Promise<void> {
  const looks = new Map(facts.observations.map(({ endpoint, at }) => [endpoint, at]));
  const endpoints = new Map(service.endpoints.map(({ instance, id }) => [instance, id]));
  const lookedAt = (instance: string) => looks.get(endpoints.get(instance) ?? "") ?? null;
  const late = lateOf(service, subject.endings, { thresholds, lookedAt });
  if (late === null) return;
  const before = await needs.requests.list({ kind: "renewal", subject: service.name, limit: 50 });
  const unasked = unaskedRenewal(service, late, before, facts.now);
  if (unasked === null) return;
  const { id, reason, exceptions } = unasked;
  const proposing = { ...needs, groupsOf: async () => [], newId: () => id };
  // Refused where it is frozen, or was asked for at this moment: the next look finds out.
  await proposeRenewal(proposing, { service, requester: itself, reason, exceptions });
}
