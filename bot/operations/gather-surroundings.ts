import type { Facts } from "../domain/answer.ts";
import { type BlastRadius, blastRadiusOf, type PeersSeen } from "../domain/blast-radius.ts";
import type { Crossing, StandingNotice, Surroundings } from "../domain/expiry-notice.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import type { InstanceAdmin } from "./ports.ts";
import type { Requests } from "./store-ports.ts";

export interface SurroundingsNeeds {
  admin: Pick<InstanceAdmin, "peers">;
  requests: Pick<Requests, "list">;
}

/** Who depends on each service that is near its end, and the renewal that was asked for it. */
export async function gatherSurroundings(
  needs: SurroundingsNeeds,
  { crossing, standing, facts }: { crossing: Crossing[]; standing: StandingNotice[]; facts: Facts },
): Promise<Map<string, Surroundings>> {
  if (crossing.length === 0) return new Map();
  const open = await needs.requests.list({ kind: "renewal", states: ["pending", "approved"] });
  const told = await Promise.all(
    crossing.map(async ({ id, kind }): Promise<[string, Surroundings]> => {
      const service = kind === "service" ? facts.estate.services.find(({ name }) => name === id) : undefined;
      if (service === undefined) return [id, { blast: null, renewal: null }];
      const last = standing.find(({ notice }) => notice.subject === id)?.notice.blast ?? null;
      const request = open.find((one) => one.service === id);
      const renewal =
        request && ({ id: request.id, state: request.state === "pending" ? "pending" : "approved" } as const);
      return [id, { blast: await blastOf(needs, service, { last, facts }), renewal: renewal ?? null }];
    }),
  );
  return new Map(told);
}

async function blastOf(
  { admin }: SurroundingsNeeds,
  { endpoints, callers: declared }: ManagedService,
  { last, facts }: { last: BlastRadius | null; facts: Facts },
): Promise<BlastRadius> {
  const { estate, ground, now } = facts;
  const asked = endpoints.filter(({ admin: address }) => address !== null);
  const told = await Promise.all(asked.map((endpoint) => admin.peers(endpoint).catch(() => null)));
  const seen = told.filter((one): one is PeersSeen => one !== null);
  const own = ground.find(({ name }) => name === "certops' own certificate")?.certificate?.names ?? [];
  return blastRadiusOf({ seen, last, declared, services: estate.services, own, now });
}
