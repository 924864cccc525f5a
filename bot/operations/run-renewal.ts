import { type Deployment, keeperOf } from "../domain/deployment.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import { renewalMoves } from "../domain/plan.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import { nextAct, nothingProven, type Proof, type RenewalLimits, type Rollout } from "../domain/rollout.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import type { VaultHealth } from "../domain/vault-health.ts";
import type { Clock, Generations, IssuedList, Placements, Probe, Swaps } from "./ports.ts";
import { concludeRenewal } from "./conclude-renewal.ts";
import { startProving } from "./prove-rollout.ts";
import { issuedSerials } from "./renewal-evidence.ts";
import type { RenewalJob } from "./renewal-job.ts";
import { writeGeneration } from "./write-generation.ts";

export interface RenewalNeeds {
  generations: Generations;
  probe: Probe;
  issued: IssuedList;
  swaps: Swaps;
  /** null where certops.yaml names no scheduler. */
  placements: Placements | null;
  /** Whether Vault can issue. Never throws. */
  health: () => Promise<VaultHealth>;
  /** As they stand now: instances come, go and move while they are renewed. */
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

/** Takes one renewal to its end, from wherever a process before this one left it; stops early at the signal. */
export async function runRenewal(
  needs: RenewalNeeds,
  job: RenewalJob,
  request: RenewalRequest,
  limits: RenewalLimits,
  signal: AbortSignal,
): Promise<void> {
  const since = needs.clock();
  const moved = renewalMoves(request, needs.services);
  const endpoints = () => plannedEndpoints(needs.services, request);

  await using proving = startProving(
    needs.probe,
    { generation: request.id, endpoints, proof: job.progress ?? nothingProven },
    limits,
  );
  await proving.begun;
  let rollout = await begin(needs, job, request, { proof: proving.proof(), since });
  await using _saving = job.saveEachSecond(() => proving.proof());

  const end = (state: RenewalRequest["state"], problem: string | null): Promise<void> =>
    concludeRenewal(needs, { job, request, rollout, proving }, { state, problem });

  while (!signal.aborted) {
    const now = needs.clock();
    const seen = { served: proving.proof().served, showing: proving.showing() };
    const act = nextAct(request.plan, rollout, seen, { now, since }, limits);
    switch (act.do) {
      case "write": {
        const { deployment } = request.plan;
        const { instances } = act;
        const what = { generation: request.id, instances, deployment, moved, deadline: now + limits.writeMs };
        const outcome = await writeGeneration(needs, what, signal);
        if (outcome === null) break;
        if ("moved" in outcome)
          return end("void", `The plan moved since it was approved: ${outcome.moved.join("; ")}.`);
        if ("problem" in outcome) return end("failed", notWritten(what, limits, outcome.problem));
        const times = Object.fromEntries(instances.map((instance) => [instance, outcome.at]));
        rollout = { ...rollout, written: { ...rollout.written, ...times } };
        await job.advance("written", { data: rollout, progress: proving.proof() }, outcome.at, { instances });
        break;
      }
      case "watch":
        await proving.news(act.until - now, signal);
        break;
      case "proven":
        rollout = { ...rollout, proven: [...rollout.proven, now] };
        await job.advance("proven", { data: rollout, progress: proving.proof() }, now, {
          instances: [...seen.showing],
        });
        break;
      case "end":
        return end(act.state, act.state === "deployed" ? null : notServed(request, proving.showing(), limits));
    }
  }
}

async function begin(
  { issued, clock }: RenewalNeeds,
  job: RenewalJob,
  { plan }: RenewalRequest,
  { proof, since }: { proof: Proof; since: number },
): Promise<Rollout> {
  if (job.data) {
    const resumed = { ...job.data, resumedAt: [...job.data.resumedAt, since] };
    await job.resume({ data: resumed, progress: proof }, since);
    return resumed;
  }
  const issuedBefore = await issuedSerials(issued, plan.issuer.mount);
  const begun: Rollout = { startedAt: since, resumedAt: [], issuedBefore, written: {}, proven: [] };
  await job.advance("started", { data: begun, progress: proof }, clock(), {});
  return begun;
}

/** Where the planned instances are now. */
function plannedEndpoints(
  services: RenewalNeeds["services"],
  { service, plan }: Pick<RenewalRequest, "service" | "plan">,
): Endpoint[] {
  return services.get(service)?.endpoints.filter(({ instance }) => plan.instances.includes(instance)) ?? [];
}

const notWritten = (
  act: { instances: string[]; deployment: Deployment },
  { writeMs }: RenewalLimits,
  problem: string,
) =>
  `${keeperOf(act.deployment)} did not take the generation for ${act.instances.join(", ")} within ${writeMs / 1000} s: ${problem}`;

function notServed({ plan }: RenewalRequest, showing: Set<string>, { serveMs }: RenewalLimits): string {
  const absent = plan.instances.filter((instance) => !showing.has(instance));
  return `Written, yet after ${serveMs / 1000} s the new certificate is not on the wire at ${absent.join(", ")}.`;
}
