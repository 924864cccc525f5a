import type { Certificate } from "../domain/certificate.ts";
import { type ChainReport, explainChain as explain } from "../domain/chain.ts";
import type { Endpoint, Observation } from "../domain/endpoint.ts";
import { type Estate, endpointNames, endpointsCalled } from "../domain/estate.ts";
import { type FreezeInForce, freezesOver } from "../domain/freeze.ts";
import { nearest } from "../domain/nearest.ts";
import { type Refusal, refuse } from "../domain/refusal.ts";
import { noInstances, unlistedCalled } from "../domain/unlisted.ts";
import type { Clock, Probe } from "./ports.ts";
import type { Freezes } from "./store-ports.ts";

export interface ServedChain {
  endpoint: Endpoint;
  observation: Observation;
  report: ChainReport;
  /** The freezes of its service. */
  frozen: FreezeInForce[];
}

/** Looks at every endpoint of that name now, and explains the chain each presents. `roots`: what certops trusts. */
export async function explainChain(
  { probe, clock, freezes }: { probe: Probe; clock: Clock; freezes: Pick<Freezes, "all"> },
  {
    estate,
    roots,
    deadlineMs,
  }: { estate: Pick<Estate, "services" | "endpoints">; roots: Certificate[]; deadlineMs: number },
  name: string,
): Promise<ServedChain[] | Refusal> {
  const endpoints = endpointsCalled(estate, name);
  if (endpoints.length === 0) return notAnEndpoint(estate, name);
  const frozen = await freezes.all();
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const { observation, chain } = await probe(endpoint, deadlineMs);
      return {
        endpoint,
        observation,
        report: explain(chain, roots, clock()),
        frozen: freezesOver(frozen, [endpoint.service]),
      };
    }),
  );
}

export function notAnEndpoint(estate: Pick<Estate, "services" | "endpoints">, name: string): Refusal {
  const [service] = unlistedCalled(estate, name);
  if (service !== undefined) return noInstances(service);
  const known = endpointNames(estate);
  const meant = nearest(name, known);
  return refuse(
    "not-found",
    `No endpoint is called ${name}.`,
    meant === null ? `Known are ${[...known].toSorted().slice(0, 12).join(", ")}.` : `Did you mean ${meant}?`,
  );
}
