import type { Store } from "../../bot/adapters/store/database.ts";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { hashOf } from "../../bot/domain/canonical.ts";
import type { IntentionRequest } from "../../bot/domain/intention-request.ts";
import type { MeshPolicy } from "../../bot/domain/mesh.ts";
import { t0, untouched } from "./renewal-fixtures.ts";

export const pair = { source: "service-a", destination: "service-b" };

export function aPolicy(changes: Partial<MeshPolicy> = {}): MeshPolicy {
  return {
    services: ["service-a", "service-b"],
    approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    probes: [],
    ...changes,
  };
}

export function anIntention(changes: Partial<IntentionRequest> = {}): IntentionRequest {
  const plan = changes.plan ?? { ...pair, action: "deny", before: "allow" };
  return {
    kind: "intention",
    id: "i-abcd2345",
    requester: "U0ANA",
    reason: "rehearsal",
    plan,
    planHash: hashOf(plan),
    evidence: { allowed: true, ruling: { ...pair, action: "allow" }, call: null },
    approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    createdAt: t0,
    expiresAt: t0 + 3_600_000,
    ...untouched(),
    ...changes,
  };
}

/** The intention of that id, as the store has it. */
export async function intentionIn(store: Pick<Store, "requests">, id: string): Promise<IntentionRequest> {
  const request = await store.requests.find(id);
  if (request?.kind !== "intention") throw new Error(`there is no intention ${id}`);
  return request;
}
