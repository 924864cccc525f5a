import { undecided } from "../domain/asked.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { Observation } from "../domain/endpoint.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { planFor } from "../domain/plan.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { RenewalRequest, ServedNow } from "../domain/renewal.ts";
import { noInstances } from "../domain/unlisted.ts";
import { askedSince, openRequest, type OpenNeeds, reasonTooLong } from "./open-request.ts";
import type { Clock, Inventory } from "./ports.ts";

export interface ProposeNeeds extends OpenNeeds {
  inventory: Pick<Inventory, "observations" | "certificate">;
  clock: Clock;
  newId: () => string;
}

export interface Wanted {
  service: ManagedService;
  requester: string;
  reason: string;
  /** Asked at that time and cut off: a request of theirs since then is this one, and there is no second. */
  since?: number | undefined;
}

/** Opens a pending request for one more generation. Refused: frozen, already-open, no-instances, reason-too-long. */
export async function proposeRenewal(
  needs: ProposeNeeds,
  { service, requester, reason, since }: Wanted,
): Promise<RenewalRequest | Refusal> {
  const tooLong = reasonTooLong(reason);
  if (tooLong) return tooLong;
  const asked = await askedSince(needs, { kind: "renewal", subject: service.name, requester, since });
  if (asked) return asked;
  if (service.endpoints.length === 0) return noInstances(service);
  return openRequest<RenewalRequest>(needs, {
    ...undecided(planFor(service), service.approval, needs.clock()),
    kind: "renewal",
    id: needs.newId(),
    service: service.name,
    requester,
    reason,
    evidence: await servedNow(needs.inventory, service),
  });
}

async function servedNow(inventory: ProposeNeeds["inventory"], service: ManagedService): Promise<ServedNow[]> {
  const latest = latestByEndpoint(await inventory.observations());
  return Promise.all(
    service.endpoints.map(async ({ id, instance }) => {
      const fingerprint = latest.get(id)?.fingerprint ?? null;
      return evidence(instance, fingerprint === null ? null : await inventory.certificate(fingerprint));
    }),
  );
}

function latestByEndpoint(observations: Observation[]): Map<string, Observation> {
  return new Map(
    observations.toSorted((a, b) => a.at - b.at).map((observation) => [observation.endpoint, observation]),
  );
}

function evidence(instance: string, certificate: Certificate | null): ServedNow {
  return {
    instance,
    serial: certificate?.serial ?? null,
    generation: certificate?.generation ?? null,
    notAfter: certificate?.notAfter ?? null,
  };
}
