import type { Facts } from "../domain/answer.ts";
import type { Crossing, StandingNotice, Surroundings } from "../domain/expiry-notice.ts";
import { ownNames } from "../domain/ground.ts";
import type { Requests } from "./store-ports.ts";
import { type DependNeeds, whoDepends } from "./who-depends.ts";

export interface SurroundingsNeeds extends DependNeeds {
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
      const { estate, ground, now } = facts;
      const known = { last, services: estate.services, own: ownNames(ground), now };
      return [id, { blast: await whoDepends(needs, service, known), renewal: renewal ?? null }];
    }),
  );
  return new Map(told);
}
