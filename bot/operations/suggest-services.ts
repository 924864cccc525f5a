import type { ManagedService } from "../domain/managed-service.ts";
import { type Candidate, suggest, type Suggestion } from "../domain/suggest.ts";
import type { Requests } from "./store-ports.ts";

export interface SuggestNeeds {
  services: ReadonlyMap<string, ManagedService>;
  requests: Pick<Requests, "list">;
}

/** The managed services that somebody may mean, each with who owns it and whether a renewal of it is open. */
export async function suggestServices({ services, requests }: SuggestNeeds, typed: string): Promise<Suggestion[]> {
  const open = await requests.list({ kind: "renewal", states: ["pending", "approved"] });
  const under = new Map(open.map(({ service, state }) => [service, state]));
  return suggest(
    typed,
    [...services.values()].map((service) => candidate(service, under.get(service.name) ?? null)),
  );
}

function candidate({ name, owner, names, endpoints }: ManagedService, state: string | null): Candidate {
  const instances = `${endpoints.length} instance${endpoints.length === 1 ? "" : "s"}`;
  const open = state === null ? [] : [state === "pending" ? "asked for already" : "being renewed"];
  return { name, about: [owner, instances, ...open].join(" · "), also: [owner, ...names] };
}

/** The services of the mesh that somebody may mean. */
export const suggestInMesh = (services: string[], typed: string): Suggestion[] =>
  suggest(
    typed,
    services.map((name) => ({ name, about: "", also: [] })),
  );
