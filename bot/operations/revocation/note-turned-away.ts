import { askableEndpoints } from "../../domain/estate.ts";
import type { ManagedService } from "../../domain/managed-service.ts";
import { lookedSince, newlyTurnedAway } from "../../domain/revocation/turned-away.ts";
import type { Clock, InstanceAdmin } from "../ports.ts";
import type { Requests } from "../store-ports.ts";
import { toldRequest } from "../tell-request.ts";

export interface TurnedAwayNeeds {
  requests: Pick<Requests, "list" | "move">;
  admin: Pick<InstanceAdmin, "refusals">;
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

/** Older ones are looked after no more. */
const latest = 20;

/** Notes who still comes with what was revoked, each once, by what the instances say they turned away. Returns the revocations. */
export async function noteTurnedAway(needs: TurnedAwayNeeds): Promise<string[]> {
  const { requests, clock } = needs;
  const now = clock();
  const ended = await requests.list({ kind: "revocation", states: ["revoked", "not-held"], limit: latest });
  const looked = ended.flatMap((request) => {
    const since = request.receipt && lookedSince(request.receipt, now);
    return request.receipt === null || since === null ? [] : [{ request, receipt: request.receipt, since }];
  });
  const told = looked.length === 0 ? [] : await refusalsOf(needs);
  const noted: string[] = [];
  for (const { request, receipt, since } of looked) {
    const fresh = newlyTurnedAway(receipt, told, since);
    if (fresh.length === 0) continue;
    const turnedAway = [...(receipt.turnedAway ?? []), ...fresh];
    const where = fresh.map(({ endpoint, address }) => `${address} at ${endpoint}`);
    const news = toldRequest({ request, news: "turned-away", actor: "certops", at: now }, { where });
    const change = { receipt: { ...receipt, turnedAway } };
    if (await requests.move(request.id, [request.state], change, { ...news, knowing: request.version }))
      noted.push(request.id);
  }
  return noted;
}

/** Of those that can be asked, and answer. */
function refusalsOf({ admin, services }: TurnedAwayNeeds) {
  return Promise.all(
    askableEndpoints(services.values()).map(async (endpoint) => ({
      endpoint: endpoint.id,
      refusals: await admin.refusals(endpoint).catch(() => []),
    })),
  );
}
