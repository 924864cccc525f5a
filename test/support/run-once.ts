import type { Store } from "../../bot/adapters/store/database.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import type { RenewalLimits } from "../../bot/domain/rollout.ts";
import type { JobStep } from "../../bot/operations/job-in-hand.ts";
import { briefly } from "./limits.ts";
import { aRequest, approve, renewalIn } from "./renewal-fixtures.ts";
import type { World } from "./renewal-world.ts";
import { type WorkerNeeds, workUntil } from "./work-jobs.ts";

interface Run {
  needs?: Partial<WorkerNeeds>;
  limits?: RenewalLimits;
  onStep?: (step: JobStep) => void;
  request?: RenewalRequest;
}

/** Approves a renewal, works it off to its end, and gives the request as it then stands. */
export async function renew(store: Store, world: World, run: Run = {}): Promise<RenewalRequest> {
  const request = run.request ?? aRequest({ createdAt: Date.now() }, world.service);
  await approve(store, request, Date.now());
  return work(store, world, request.id, run);
}

/** A clock that leaps beyond every deadline as soon as this instance serves something new. */
export function leapsWhenServed({ instances }: World, name: string): () => number {
  const old = instances[name]?.serial;
  return () => Date.now() + (instances[name]?.serial === old ? 0 : 3_600_000);
}

/** Works until the request has come to its end. A renewal that throws ends the work with its error. */
export async function work(store: Store, world: World, id: string, run: Run = {}): Promise<RenewalRequest> {
  const needs = { ...needsOf(store, world), ...run.needs, ...(run.onStep && { onStep: run.onStep }) };
  await workUntil(({ step }) => ends.includes(step), needs, { renewal: run.limits ?? briefly });
  return renewalIn(store, id);
}

const ends = ["deployed", "not-served", "failed", "void"];

export function needsOf(store: Store, { service, vault, probe, swaps }: World): WorkerNeeds {
  return {
    jobs: store.jobs,
    requests: store.requests,
    generations: vault.generations,
    issued: vault.issued,
    probe,
    swaps,
    placements: null,
    health: async () => ({ state: "ok", why: null }),
    services: new Map([[service.name, service]]),
    mesh: null,
    clock: Date.now,
    owner: "bot-test",
  };
}
