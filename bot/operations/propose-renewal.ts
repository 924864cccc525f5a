import { whoMayDecide } from "../domain/approval.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { Observation } from "../domain/endpoint.ts";
import { freezeOf, frozen } from "../domain/freeze.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { hashPlan, planFor } from "../domain/plan.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import type { RenewalRequest, ServedNow } from "../domain/renewal.ts";
import type { Clock, Freezes, Inventory, Requests } from "./ports.ts";
import { toldRequest } from "./tell-request.ts";

export interface ProposeNeeds {
  requests: Pick<Requests, "open" | "list">;
  freezes: Pick<Freezes, "all">;
  inventory: Pick<Inventory, "observations" | "certificate">;
  clock: Clock;
  newId: () => string;
}

const longestReason = 500;

export interface Wanted {
  service: ManagedService;
  requester: string;
  reason: string;
  /** Asked at that time and cut off: a request of theirs since then is this one, and there is no second. */
  since?: number | undefined;
}

/** Opens a pending request for one more generation. Refused: frozen, already-open, reason-too-long. */
export async function proposeRenewal(
  needs: ProposeNeeds,
  { service, requester, reason, since }: Wanted,
): Promise<RenewalRequest | Refusal> {
  if (reason.length > longestReason) {
    return refuse(
      "reason-too-long",
      `The reason has ${reason.length} characters.`,
      `Say it in at most ${longestReason}, and link to the rest.`,
    );
  }
  const asked = since === undefined ? null : await askedSince(needs, { service, requester, since });
  if (asked) return asked;
  const now = needs.clock();
  const plan = planFor(service);
  const request: RenewalRequest = {
    id: needs.newId(),
    service: service.name,
    requester,
    reason,
    plan,
    planHash: hashPlan(plan),
    evidence: await servedNow(needs.inventory, service),
    approval: { users: service.approval.users, groups: service.approval.groups },
    state: "pending",
    createdAt: now,
    expiresAt: now + service.approval.deadlineMs,
    decidedBy: null,
    decidedAt: null,
    message: null,
    receipt: null,
  };
  const commit = toldRequest(
    { request, state: "pending", actor: requester, at: now },
    { reason, planHash: request.planHash },
  );
  // The store refuses by itself what is frozen or open; reading first only finds the words.
  return (
    (await standsInTheWay(needs, service)) ??
    ((await needs.requests.open(request, commit)) ? request : null) ??
    (await standsInTheWay(needs, service)) ??
    refuse("changed-meanwhile", `${service.name} changed at this moment.`, "Try again.")
  );
}

async function askedSince(
  { requests }: ProposeNeeds,
  { service, requester, since }: { service: ManagedService; requester: string; since: number },
): Promise<RenewalRequest | null> {
  const latest = await requests.list({ service: service.name });
  return latest.find((request) => request.requester === requester && request.createdAt >= since) ?? null;
}

async function standsInTheWay(needs: ProposeNeeds, { name, approval }: ManagedService): Promise<Refusal | null> {
  const freeze = freezeOf(await needs.freezes.all(), name);
  if (freeze) return frozen(freeze, name);
  const [open] = await needs.requests.list({ states: ["pending", "approved"], service: name, limit: 1 });
  if (!open) return null;
  return open.state === "pending"
    ? refuse(
        "already-open",
        `${open.id} already asks for a renewal of ${name}, by ${open.requester}.`,
        `It waits for ${whoMayDecide(approval)}.`,
      )
    : refuse(
        "already-open",
        `${open.id} renews ${name} right now, approved by ${open.decidedBy}.`,
        `Follow it: /cert trace ${open.id}`,
      );
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
