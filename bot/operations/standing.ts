import type { Configured } from "../domain/approval.ts";
import { ownOf, tellPair } from "../domain/intention.ts";
import { intentionMoves } from "../domain/intention-request.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { isInMesh } from "../domain/mesh.ts";
import { renewalMoves } from "../domain/plan.ts";
import type { Request } from "../domain/request.ts";
import type { Intentions, Mesh } from "./ports.ts";

/** What a plan is compared with: the configuration as it is now, and for an intention what Consul holds now. */
export interface StandingNeeds extends Configured {
  services: ReadonlyMap<string, ManagedService>;
  mesh: (Pick<Mesh, "policy"> & { intentions: Pick<Intentions, "read"> }) | null;
}

/**
 * What is no longer as it was asked for, one phrase each; empty when nothing moved.
 * Throws the Failure of what does not answer.
 */
export async function movedSince({ services, mesh }: StandingNeeds, request: Request): Promise<string[]> {
  switch (request.kind) {
    case "renewal":
      return renewalMoves(request, services);
    case "intention": {
      const { plan } = request;
      if (mesh === null || !isInMesh(mesh.policy, plan)) return [`${tellPair(plan)} is no longer in certops.yaml`];
      const { intentions } = await mesh.intentions.read(plan.destination);
      return intentionMoves(plan, ownOf(intentions, plan));
    }
  }
}
