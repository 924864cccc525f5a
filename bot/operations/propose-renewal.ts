import type { Standing } from "../domain/approval-policy.ts";
import { undecided } from "../domain/asked.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { Observation } from "../domain/endpoint.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { planFor } from "../domain/plan.ts";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { RenewalRequest, ServedNow } from "../domain/renewal.ts";
import { policyAsApprover, standingVerdict } from "../domain/standing-approval.ts";
import { noInstances } from "../domain/unlisted.ts";
import { openApproved } from "./open-approved.ts";
import { askedSince, cannotOpen, notOpened, openRequest, type OpenNeeds, reasonTooLong } from "./open-request.ts";
import type { Clock } from "./ports.ts";
import type { Inventory } from "./inventory.ts";

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
  /** Why people have to decide it whatever its policy's standing approval says; none where it is not said. */
  exceptions?: string[];
}

/**
 * Opens a request for one more generation: pending, or approved at once where the service's policy approves it by itself.
 * Refused: not-asker, too-few-approvers, directory-unavailable, frozen, already-open, no-instances, reason-too-long.
 */
export async function proposeRenewal(needs: ProposeNeeds, wanted: Wanted): Promise<RenewalRequest | Refusal> {
  const { service, requester, since } = wanted;
  const asked = await askedSince(needs, { kind: "renewal", subject: service.name, requester, since });
  if (asked) return asked;
  const request = await asOpened(needs, wanted);
  if (isRefusal(request)) return request;
  if (request.state === "pending") return openRequest(needs, request);
  return (
    (await cannotOpen(needs, request)) ?? (await openApproved(needs, request)) ?? (await notOpened(needs, request))
  );
}

/** The request as it would be opened now, which nobody is told of: nothing is written. Refused as if it were opened. */
export async function tryRenewal(needs: ProposeNeeds, wanted: Wanted): Promise<RenewalRequest | Refusal> {
  const request = await asOpened(needs, wanted);
  return isRefusal(request) ? request : ((await cannotOpen(needs, request)) ?? request);
}

/** Refused: no-instances, reason-too-long. */
async function asOpened(
  needs: ProposeNeeds,
  { service, requester, reason, exceptions = [] }: Wanted,
): Promise<RenewalRequest | Refusal> {
  const tooLong = reasonTooLong(reason);
  if (tooLong) return tooLong;
  if (service.endpoints.length === 0) return noInstances(service);
  const request: RenewalRequest = {
    ...undecided(planFor(service), service.approval, needs.clock()),
    kind: "renewal",
    id: needs.newId(),
    service: service.name,
    requester,
    reason,
    evidence: await servedNow(needs.inventory, service),
  };
  const { standing } = service.approval;
  return standing === null ? request : byStanding(needs, request, { standing, exceptions });
}

/** What is routine the policy approves; of what is not, the request says why people have to look at it. */
async function byStanding(
  needs: Pick<ProposeNeeds, "requests">,
  request: RenewalRequest,
  { standing, exceptions: known }: { standing: Standing; exceptions: string[] },
): Promise<RenewalRequest> {
  const before = await needs.requests.list({ kind: "renewal", subject: request.service, limit: 50 });
  const verdict = standingVerdict(standing, request.plan, before);
  const { createdAt: at, approval } = request;
  const exceptions = [...known, ...("exceptions" in verdict ? verdict.exceptions : [])];
  if (!("as" in verdict) || exceptions.length > 0) {
    const text = `No standing approval: ${exceptions.join("; ")}.`;
    return { ...request, remarks: [{ user: "certops", at, text, to: null }] };
  }
  const by = policyAsApprover(approval.name);
  return {
    ...request,
    approvals: [{ user: by, at }],
    state: "approved",
    expiresAt: at,
    decidedBy: by,
    decidedAt: at,
    decidedWhy: `Routine: as ${verdict.as.id}, which people approved.`,
  };
}

export async function servedNow(inventory: ProposeNeeds["inventory"], service: ManagedService): Promise<ServedNow[]> {
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
