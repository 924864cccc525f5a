import type { Configured } from "../domain/approval.ts";
import { enrolmentMoves } from "../domain/enrolment.ts";
import { objectionToPlan } from "../domain/firewall/policy-objection.ts";
import { ownOf, tellPair } from "../domain/intention.ts";
import { intentionMoves } from "../domain/intention-request.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { isInMesh } from "../domain/mesh.ts";
import { renewalMoves } from "../domain/plan.ts";
import type { Request, RequestOf } from "../domain/request.ts";
import { firewallMoves } from "./firewall/changed-since.ts";
import { readInForce } from "./firewall/in-force.ts";
import type { Firewall } from "./firewall/ports.ts";
import type { Clock, Intentions, Mesh } from "./ports.ts";
import type { Requests } from "./store-ports.ts";

/** What a plan is compared with: the configuration as it is now, and for an intention what Consul holds now. */
export interface StandingNeeds extends Configured {
  services: ReadonlyMap<string, ManagedService>;
  mesh: (Pick<Mesh, "policy"> & { intentions: Pick<Intentions, "read"> }) | null;
  firewall: Pick<Firewall, "policy" | "addresses"> | null;
  requests: Pick<Requests, "list" | "count">;
  clock: Clock;
}

/**
 * What is no longer as it was asked for, one phrase each; empty when nothing moved.
 * Throws the Failure of what does not answer.
 */
export async function movedSince(needs: StandingNeeds, request: Request): Promise<string[]> {
  const { services, mesh } = needs;
  switch (request.kind) {
    case "renewal":
      return renewalMoves(request, services);
    case "revocation": {
      const { renewal } = request.plan;
      return renewalMoves({ service: renewal.service, plan: renewal }, services);
    }
    case "intention": {
      const { plan } = request;
      if (mesh === null || !isInMesh(mesh.policy, plan)) return [`${tellPair(plan)} is no longer in certops.yaml`];
      const { intentions } = await mesh.intentions.read(plan.destination);
      return intentionMoves(plan, ownOf(intentions, plan));
    }
    case "firewall":
      return firewallMovesNow(needs, request);
    case "enrolment":
      return enrolmentMoves(request.plan, needs.passkeys?.policy ?? null);
  }
}

async function firewallMovesNow(
  { firewall, requests, clock }: StandingNeeds,
  request: RequestOf<"firewall">,
): Promise<string[]> {
  if (firewall === null) return ["the firewall is no longer in certops.yaml"];
  const { plan } = request;
  const inForce = await readInForce({ requests });
  const forbidden = objectionToPlan(firewall.policy, plan, inForce.services);
  const moved = await firewallMoves(firewall, inForce, request, clock());
  return [...(forbidden === null ? [] : [forbidden.message.replace(/\.$/, "")]), ...moved];
}
