import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint, Observation } from "../domain/endpoint.ts";
import { type Estate, endpointsCalled } from "../domain/estate.ts";
import { type FreezeInForce, freezesOver } from "../domain/freeze.ts";
import type { PeerRefusal } from "../domain/peer-refusal.ts";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { RevokedSerials } from "../domain/revocation/revoked-by.ts";
import { type Judgement, judge } from "../domain/why.ts";
import { laggingAt } from "../domain/written.ts";
import { orRefusal } from "./consul-refusal.ts";
import { type CallWhy, refusedCalls } from "./explain-call.ts";
import { explainAway, type Missing } from "./explain-away.ts";
import { notAnEndpoint } from "./explain-chain.ts";
import type { Clock, InstanceAdmin, Mesh, Placements, Probe } from "./ports.ts";
import type { Freezes, RequestFilter, Requests } from "./store-ports.ts";

export interface Why {
  endpoints: EndpointWhy[];
  /** Instances that are to run, and are listed nowhere. */
  missing: Missing[];
  /** Why their scheduler could not be asked; null: it was, or none runs them. */
  schedulerProblem: string | null;
  /** The freezes of their services. */
  frozen: FreezeInForce[];
  /** Calls in the mesh by or to their services that do not go through. */
  refusedCalls: CallWhy[];
  /** Why Consul could not be asked for them; null: it was, or there is no mesh. */
  meshProblem: string | null;
  /** What had each certificate revoked that was refused as such; left out where none was. */
  revocations?: RevokedSerials;
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
  /** Why it does not run, as its scheduler says; null: it runs, or nobody says. */
  away: string | null;
}

interface WhyNeeds {
  probe: Probe;
  admin: Pick<InstanceAdmin, "refusals" | "problem">;
  /** null where certops.yaml names no scheduler. */
  placements: Placements | null;
  requests: Pick<Requests, "find"> & { list(filter: RequestFilter<"renewal">): Promise<RenewalRequest[]> };
  /** null where certops.yaml has none. */
  mesh: Mesh | null;
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
  const services = new Set(endpoints.map(({ service }) => service));
  const [looks, scheduled, calls] = await Promise.all([
    Promise.all(endpoints.map((endpoint) => lookInto(needs, endpoint, deadlineMs))),
    explainAway(needs.placements, estate, { name, listed: services }),
    callsOf(needs, services),
  ]);
  const { missing, away, problem } = scheduled;
  if (endpoints.length + missing.length === 0) return notAnEndpoint(estate, name);
  return {
    endpoints: looks.map((look) => ({ ...look, away: away.get(look.endpoint.id) ?? null })),
    missing,
    schedulerProblem: problem,
    frozen: freezesOver(await needs.freezes.all(), services),
    ...calls,
  };
}

async function callsOf(
  { mesh, requests }: WhyNeeds,
  services: Set<string | null>,
): Promise<Pick<Why, "refusedCalls" | "meshProblem">> {
  if (mesh === null) return { refusedCalls: [], meshProblem: null };
  const calls = await orRefusal(refusedCalls({ mesh, requests }, services));
  return isRefusal(calls)
    ? { refusedCalls: [], meshProblem: calls.message }
    : { refusedCalls: calls, meshProblem: null };
}

const shown = 10;
/** What a service notes of a client that left in the middle: a port check does so too. */
const hungUp = "ECONNRESET";
/** Of one that is well, what it turned away before this is over. */
const latelyMs = 60_000;

async function lookInto(needs: WhyNeeds, endpoint: Endpoint, deadlineMs: number): Promise<Omit<EndpointWhy, "away">> {
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
  const renewals = await requests.list({
    kind: "renewal",
    subject: service,
    states: ["deployed", "not-served", "failed"],
  });
  return laggingAt(instance, certificate.generation, renewals);
}
