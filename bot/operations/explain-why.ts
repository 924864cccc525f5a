import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint, Observation } from "../domain/endpoint.ts";
import { type Estate, endpointsCalled } from "../domain/estate.ts";
import { type FreezeInForce, freezesOver } from "../domain/freeze.ts";
import type { PeerRefusal } from "../domain/peer-refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Judgement, judge } from "../domain/why.ts";
import { laggingAt } from "../domain/written.ts";
import { notAnEndpoint } from "./explain-chain.ts";
import type { Clock, Freezes, InstanceAdmin, Probe, Requests } from "./ports.ts";

export interface Why {
  endpoints: EndpointWhy[];
  /** The freezes of their services. */
  frozen: FreezeInForce[];
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
  /** That it serves a generation from before the last that was written for it, in one sentence; null: it does not. */
  lagging: string | null;
}

interface WhyNeeds {
  probe: Probe;
  admin: Pick<InstanceAdmin, "refusals" | "problem">;
  requests: Pick<Requests, "list">;
  freezes: Pick<Freezes, "all">;
  clock: Clock;
}

/** Shakes hands now with every endpoint of that name, and joins what we saw with what the other side knows. */
export async function explainWhy(
  needs: WhyNeeds,
  { estate, deadlineMs }: { estate: Pick<Estate, "services" | "endpoints">; deadlineMs: number },
  name: string,
): Promise<Why | Refusal> {
  const endpoints = endpointsCalled(estate, name);
  if (endpoints.length === 0) return notAnEndpoint(estate, name);
  return {
    endpoints: await Promise.all(endpoints.map((endpoint) => lookInto(needs, endpoint, deadlineMs))),
    frozen: freezesOver(
      await needs.freezes.all(),
      endpoints.map(({ service }) => service),
    ),
  };
}

const shown = 10;
/** What a service notes of a client that left in the middle: a port check does so too. */
const hungUp = "ECONNRESET";
/** Of one that is well, what it turned away before this is over. */
const latelyMs = 60_000;

async function lookInto(needs: WhyNeeds, endpoint: Endpoint, deadlineMs: number): Promise<EndpointWhy> {
  const { probe, admin, clock } = needs;
  const { observation, chain, localPort } = await probe(endpoint, deadlineMs);
  const asked = endpoint.admin !== null;
  // An instance that cannot be asked leaves us with what we saw ourselves.
  const [refusals, complaint] = await Promise.all([
    asked ? admin.refusals(endpoint).catch(() => []) : [],
    asked ? admin.problem(endpoint).catch(() => null) : null,
  ]);
  const ours = localPort === undefined ? undefined : refusals.findLast(({ peerPort }) => peerPort === localPort);
  const judgement = judge(observation, ours ?? null);
  const isWell = judgement.verdict === "healthy";
  return {
    endpoint,
    observation,
    certificate: chain[0] ?? null,
    ...judgement,
    refusals: refusals
      .filter((refusal) => refusal !== ours)
      .filter(({ at, code }) => !isWell || (at > clock() - latelyMs && code !== hungUp))
      .toReversed()
      .slice(0, shown),
    complaint,
    lagging: await laggingOf(needs, endpoint, chain[0] ?? null),
  };
}

async function laggingOf(
  { requests }: WhyNeeds,
  { service, instance }: Endpoint,
  certificate: Certificate | null,
): Promise<string | null> {
  if (service === null || certificate === null) return null;
  const renewals = await requests.list({ service, states: ["deployed", "not-served", "failed"] });
  return laggingAt(instance, certificate.generation, renewals);
}
