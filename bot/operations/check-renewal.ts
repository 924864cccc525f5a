import { at, type FieldProblem, reasonMissing, type RenewalFields } from "../domain/forms.ts";
import { undecided } from "../domain/asked.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { planFor } from "../domain/plan.ts";
import { nearest } from "../domain/nearest.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import { noInstances } from "../domain/unlisted.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import { cannotOpen, type OpenNeeds, reasonTooLong } from "./open-request.ts";
import type { Clock } from "./ports.ts";

export interface CheckRenewalNeeds extends OpenNeeds {
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

/** What is wrong with a form for a renewal, field by field, or with all of it; empty: nothing. Nothing is written. */
export async function checkRenewal(
  needs: CheckRenewalNeeds,
  { service: name, reason, requester }: RenewalFields & { requester: string },
): Promise<FieldProblem[] | Refusal> {
  const service = needs.services.get(name);
  const noReason = reasonMissing(reason) ?? reasonTooLong(reason);
  const wrong = [
    service === undefined ? at("service", noSuchService(needs.services, name)) : null,
    service?.endpoints.length === 0 ? at("service", noInstances(service)) : null,
    noReason && at("reason", noReason),
  ].filter((one) => one !== null);
  if (wrong.length > 0 || service === undefined) return wrong;
  // As it would be opened.
  const request: RenewalRequest = {
    ...undecided(planFor(service), service.approval, needs.clock()),
    kind: "renewal",
    id: "",
    service: name,
    requester,
    reason,
    evidence: [],
  };
  return (await cannotOpen(needs, request)) ?? [];
}

/** `services`: by name. */
export function noSuchService(services: ReadonlyMap<string, unknown>, name: string): Refusal {
  const meant = nearest(name, services.keys());
  const known = [...services.keys()].toSorted().slice(0, 20).join(", ") || "none";
  return refuse(
    "unknown-service",
    name === "" ? "Which service?" : `There is no service ${name}.`,
    meant === null ? `Services: ${known}.` : `Did you mean ${meant}?`,
  );
}
