import type { ManagedService } from "../domain/managed-service.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Clock } from "./ports.ts";
import type { Requests } from "./store-ports.ts";
import type { Inventory } from "./inventory.ts";
import { toldRequest } from "./tell-request.ts";

export interface ServedLateNeeds {
  requests: Pick<Requests, "list" | "move">;
  inventory: Pick<Inventory, "observations" | "certificate">;
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

/** Older ones have been followed by others. */
const latest = 20;

/** Notes, once each, of renewals that ended as not served that every planned instance serves them after all. Returns their ids. */
export async function noteServedLate(needs: ServedLateNeeds): Promise<string[]> {
  const unserved = await needs.requests.list({ kind: "renewal", states: ["not-served"], limit: latest });
  const noted: string[] = [];
  for (const request of unserved) {
    const { id, receipt } = request;
    if (receipt === null || receipt.servedLateAt !== undefined) continue;
    const since = await servedByAllSince(needs, request);
    if (since === null) continue;
    const told = await needs.requests.move(
      id,
      ["not-served"],
      { receipt: { ...receipt, servedLateAt: since } },
      toldRequest({ request, news: "served-late", actor: "certops", at: needs.clock() }, { since }),
    );
    if (told) noted.push(id);
  }
  return noted;
}

/** null: not every planned instance was last seen with this generation. */
async function servedByAllSince(
  { inventory, services }: ServedLateNeeds,
  { id, service, plan }: RenewalRequest,
): Promise<number | null> {
  const endpoints = services.get(service)?.endpoints ?? [];
  const observations = await inventory.observations();
  const times: number[] = [];
  for (const instance of plan.instances) {
    const endpoint = endpoints.find((one) => one.instance === instance);
    const seen = observations.find((one) => one.endpoint === endpoint?.id);
    if (!seen || seen.problem !== null || seen.fingerprint === null) return null;
    const certificate = await inventory.certificate(seen.fingerprint);
    if (certificate?.generation !== id) return null;
    times.push(seen.since);
  }
  return times.length === 0 ? null : Math.max(...times);
}
