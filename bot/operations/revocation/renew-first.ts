import { undecided } from "../../domain/asked.ts";
import type { ManagedService } from "../../domain/managed-service.ts";
import { renewalMoves } from "../../domain/plan.ts";
import { aboutRenewal, type RenewalRequest } from "../../domain/renewal.ts";
import { renewalOf, type RevocationRequest, tellTarget } from "../../domain/revocation/revocation-request.ts";
import { settledSerials } from "../../domain/revocation/revoking.ts";
import { openApproved } from "../open-approved.ts";
import type { Clock } from "../ports.ts";
import type { Requests } from "../store-ports.ts";
import type { Inventory } from "../inventory.ts";
import { servedNow } from "../propose-renewal.ts";
import { toldRequest } from "../tell-request.ts";

export interface RenewFirstNeeds {
  requests: Pick<Requests, "find" | "open" | "list" | "move">;
  inventory: Pick<Inventory, "observations" | "certificate">;
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

/** `serials`: what nobody is to serve any more. `dueAt`: it goes on, look again then. */
export type Renewed =
  | { at: number; serials: string[] }
  | { dueAt: number }
  | { state: "void" | "failed"; problem: string };

const lookEveryMs = 250;

/**
 * Has the service renewed by a request of its own, which the revocation's approval covers, and says how far it is. Its id
 * comes from the revocation's: however often this is begun anew, there is one.
 */
export async function renewFirst(
  needs: RenewFirstNeeds,
  request: RevocationRequest,
  { startedAt, turnMs }: { startedAt: number; turnMs: number },
): Promise<Renewed> {
  const { plan } = request;
  const { service } = plan.renewal;
  const id = renewalOf(request.id);
  const again = { dueAt: needs.clock() + lookEveryMs };
  const renewal = await needs.requests.find(id);
  if (renewal === null) {
    const moved = renewalMoves({ service, plan: plan.renewal }, needs.services);
    if (moved.length > 0) {
      return { state: "void", problem: `The plan moved since it was approved: ${moved.join("; ")}.` };
    }
    if ((await openApproved(needs, await approvedRenewal(needs, request, id))) !== null) return again;
    await makeRoom(needs, request);
    if (needs.clock() < startedAt + turnMs) return again;
    const why = `Another renewal of ${service}, or a freeze, stood in its way for ${turnMs / 1_000} s.`;
    return { state: "failed", problem: `${why} Nothing was revoked.` };
  }
  if (renewal.kind !== "renewal" || renewal.service !== service) {
    return { state: "failed", problem: `${id} is a request of something else. Nothing was revoked.` };
  }
  if (renewal.state === "approved") return again;
  if (renewal.state !== "deployed" || renewal.receipt === null) {
    const why = renewal.receipt?.problem ?? "It gave no reason.";
    return {
      state: "failed",
      problem: `${id}, which was to come first, ended as ${renewal.state}: ${why} Nothing was revoked.`,
    };
  }
  const at = renewal.receipt.steps.at(-1)?.at ?? needs.clock();
  return { at, serials: settledSerials(plan, renewal.receipt.instances) };
}

/** Of a service one renewal is open at a time. Nobody has to decide any more one that waits: this one does what it asks for. */
async function makeRoom({ requests, clock }: RenewFirstNeeds, { id, plan }: RevocationRequest): Promise<void> {
  const { service } = plan.renewal;
  const [waiting] = await requests.list({ kind: "renewal", states: ["pending"], subject: service, limit: 1 });
  if (waiting === undefined) return;
  const receipt = aboutRenewal(waiting).nothingWritten(`${id} renews ${service} anyway, and revokes the old ones.`);
  const told = toldRequest({ request: waiting, news: "void", actor: "certops", at: clock() }, { by: id });
  await requests.move(waiting.id, ["pending"], { state: "void", receipt }, told);
}

async function approvedRenewal(
  { inventory, services, clock }: RenewFirstNeeds,
  request: RevocationRequest,
  id: string,
): Promise<RenewalRequest> {
  const { plan, approval, requester, approvals, decidedBy, decidedAt } = request;
  const service = services.get(plan.renewal.service);
  return {
    ...undecided(plan.renewal, { ...approval, deadlineMs: 0 }, clock()),
    kind: "renewal",
    id,
    service: plan.renewal.service,
    requester,
    reason: `Comes before ${request.id} revokes ${tellTarget(plan)}; its approval covers this.`,
    evidence: service === undefined ? [] : await servedNow(inventory, service),
    state: "approved",
    approvals,
    decidedBy,
    decidedAt,
  };
}
