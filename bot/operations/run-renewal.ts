import { planFor, planMoves } from "../domain/plan.ts";
import type { RenewalRequest, RequestState } from "../domain/renewal.ts";
import { nextAct, type Proof, type RenewalLimits, type Rollout } from "../domain/rollout.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import type { Clock, Generations, IssuedList, Probe, Requests, Swaps } from "./ports.ts";
import { concludeRenewal } from "./conclude-renewal.ts";
import { startProving } from "./prove-rollout.ts";
import { issuedSerials } from "./renewal-evidence.ts";
import type { RenewalJob } from "./renewal-job.ts";
import { writeGeneration } from "./write-generation.ts";

export interface RenewalNeeds {
  requests: Pick<Requests, "find">;
  generations: Generations;
  probe: Probe;
  issued: IssuedList;
  swaps: Swaps;
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
  const service = needs.services.get(request.service);
  const moved = service
    ? planMoves(request.plan, planFor(service))
    : [`${request.service} is no longer in certops.yaml`];
  const endpoints = service?.endpoints.filter(({ instance }) => request.plan.instances.includes(instance)) ?? [];

  await using proving = startProving(needs.probe, { generation: request.id, endpoints, proof: job.proof }, limits);
  await proving.begun;
  let rollout = await begin(needs, job, request, { proof: proving.proof(), since });
  await using _saving = job.saveEachSecond(() => proving.proof());

  const end = (state: RequestState, problem: string | null): Promise<void> =>
    concludeRenewal(needs, { job, request, rollout, endpoints, proving }, { state, problem });

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
        if ("problem" in outcome) return end("failed", notWritten(instances, limits, outcome.problem));
        const times = Object.fromEntries(instances.map((instance) => [instance, outcome.at]));
        rollout = { ...rollout, written: { ...rollout.written, ...times } };
        await job.advance("written", { rollout, proof: proving.proof() }, outcome.at, { instances });
        break;
      }
      case "watch":
        await proving.news(act.until - now, signal);
        break;
      case "proven":
        rollout = { ...rollout, proven: [...rollout.proven, now] };
        await job.advance("proven", { rollout, proof: proving.proof() }, now, { instances: [...seen.showing] });
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
  if (job.rollout) {
    const resumed = { ...job.rollout, resumedAt: [...job.rollout.resumedAt, since] };
    await job.resume({ rollout: resumed, proof }, since);
    return resumed;
  }
  const issuedBefore = await issuedSerials(issued, plan.issuer.mount);
  const begun: Rollout = { startedAt: since, resumedAt: [], issuedBefore, written: {}, proven: [] };
  await job.advance("started", { rollout: begun, proof }, clock(), {});
  return begun;
}

const notWritten = (instances: string[], { writeMs }: RenewalLimits, problem: string) =>
  `Vault did not take the generation for ${instances.join(", ")} within ${writeMs / 1000} s: ${problem}`;

function notServed({ plan }: RenewalRequest, showing: Set<string>, { serveMs }: RenewalLimits): string {
  const absent = plan.instances.filter((instance) => !showing.has(instance));
  return `Written, yet after ${serveMs / 1000} s the new certificate is not on the wire at ${absent.join(", ")}.`;
}
