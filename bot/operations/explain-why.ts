import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint, Observation } from "../domain/endpoint.ts";
import { type Estate, endpointsCalled } from "../domain/estate.ts";
import type { PeerRefusal } from "../domain/peer-refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Judgement, judge } from "../domain/why.ts";
import { notAnEndpoint } from "./explain-chain.ts";
import type { InstanceAdmin, Probe } from "./ports.ts";

export interface Why {
  endpoints: EndpointWhy[];
}

export interface EndpointWhy extends Judgement {
  endpoint: Endpoint;
  observation: Observation;
  /** What it presents; null when it showed none. */
  certificate: Certificate | null;
  /** Others it turned away lately, the latest first. */
  refusals: PeerRefusal[];
  /** What the instance says is wrong with itself; null: nothing, or it cannot be asked. */
  complaint: string | null;
}

interface WhyNeeds {
  probe: Probe;
  admin: Pick<InstanceAdmin, "refusals" | "problem">;
}

/** Shakes hands now with every endpoint of that name, and joins what we saw with what the other side knows. */
export async function explainWhy(
  needs: WhyNeeds,
  { estate, deadlineMs }: { estate: Pick<Estate, "services" | "endpoints">; deadlineMs: number },
  name: string,
): Promise<Why | Refusal> {
  const endpoints = endpointsCalled(estate, name);
  if (endpoints.length === 0) return notAnEndpoint(estate, name);
  return { endpoints: await Promise.all(endpoints.map((endpoint) => lookInto(needs, endpoint, deadlineMs))) };
}

const shown = 10;

async function lookInto({ probe, admin }: WhyNeeds, endpoint: Endpoint, deadlineMs: number): Promise<EndpointWhy> {
  const { observation, chain, localPort } = await probe(endpoint, deadlineMs);
  const asked = endpoint.admin !== null;
  // An instance that cannot be asked leaves us with what we saw ourselves.
  const [refusals, complaint] = await Promise.all([
    asked ? admin.refusals(endpoint).catch(() => []) : [],
    asked ? admin.problem(endpoint).catch(() => null) : null,
  ]);
  const ours = localPort === undefined ? undefined : refusals.findLast(({ peerPort }) => peerPort === localPort);
  return {
    endpoint,
    observation,
    certificate: chain[0] ?? null,
    ...judge(observation, ours ?? null),
    refusals: refusals
      .filter((refusal) => refusal !== ours)
      .toReversed()
      .slice(0, shown),
    complaint,
  };
}
