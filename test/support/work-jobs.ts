import { intentionLimits } from "../../bot/domain/enforcement.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import type { FirewallNeeds } from "../../bot/operations/firewall/run-firewall.ts";
import { revocationLimits } from "../../bot/domain/revocation/revoking.ts";
import type { RevocationNeeds } from "../../bot/operations/revocation/run-revocation.ts";
import type { JobStep } from "../../bot/operations/job-in-hand.ts";
import { type RunNeeds, runJobs } from "../../bot/operations/run-jobs.ts";
import { type WorkLimits, workOnRequest } from "../../bot/operations/work-on-request.ts";
import { briefly } from "./limits.ts";

type OfFirewall = Pick<FirewallNeeds, "firewall" | "notices">;
type OfRevocation = Pick<RevocationNeeds, "revocations" | "inventory" | "estate" | "admin">;
type AllNeeds = Omit<RunNeeds, "work"> & Parameters<typeof workOnRequest>[0];

/** What is for the firewall or for revocations alone may be left out: there is none then. */
export type WorkerNeeds = Omit<AllNeeds, keyof OfFirewall | keyof OfRevocation> & Partial<OfFirewall & OfRevocation>;

const unused = (): never => {
  throw new Error("nothing is done of this kind here");
};

/** For who never renews: there is no Vault, no handshake, and no service. */
export const noRenewal = {
  generations: { read: unused, write: unused },
  issued: { serials: unused, read: unused },
  probe: unused,
  swaps: unused,
  placements: unused,
  health: unused,
  services: new Map(),
};
const noRevocation: OfRevocation = {
  revocations: { revoke: unused, rebuild: unused, listed: unused },
  inventory: { observations: unused, certificate: unused },
  estate: { services: [], endpoints: [] },
  admin: { refused: unused },
};
const noFirewall: OfFirewall = { firewall: null, notices: { since: unused, raise: unused, settle: unused } };

/** Works off approved requests of every kind as the bot does, until the signal. */
export function workJobs(needs: WorkerNeeds, signal: AbortSignal, limits: Partial<WorkLimits> = {}): Promise<void> {
  const all = { ...noFirewall, ...noRevocation, ...needs };
  const work = workOnRequest(all, {
    renewal: briefly,
    intention: intentionLimits,
    firewall: firewallLimits,
    revocation: revocationLimits,
    ...limits,
  });
  return runJobs({ ...all, work }, signal);
}

/** The same until that step, for 25 seconds at the most. What a job throws ends the work with it. */
export async function workUntil(
  isLast: (step: JobStep) => boolean,
  needs: WorkerNeeds,
  { signal, ...limits }: Partial<WorkLimits> & { signal?: AbortSignal | undefined },
): Promise<void> {
  const stop = new AbortController();
  let broken: unknown = null;
  await workJobs(
    {
      onProblem({ error }) {
        broken = error;
        stop.abort();
      },
      ...needs,
      onStep(step) {
        needs.onStep?.(step);
        if (isLast(step)) stop.abort();
      },
    },
    AbortSignal.any([stop.signal, AbortSignal.timeout(25_000), ...(signal ? [signal] : [])]),
    limits,
  );
  if (broken) throw broken;
}
