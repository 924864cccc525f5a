import { intentionLimits } from "../../bot/domain/enforcement.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import type { FirewallNeeds } from "../../bot/operations/firewall/run-firewall.ts";
import { type RunNeeds, runJobs } from "../../bot/operations/run-jobs.ts";
import { type WorkLimits, workOnRequest } from "../../bot/operations/work-on-request.ts";
import { briefly } from "./limits.ts";

type OfFirewall = Pick<FirewallNeeds, "firewall" | "notices">;
type AllNeeds = Omit<RunNeeds, "work"> & Parameters<typeof workOnRequest>[0];

/** What is for the firewall alone may be left out: there is none then. */
export type WorkerNeeds = Omit<AllNeeds, keyof OfFirewall> & Partial<OfFirewall>;

const unused = (): never => {
  throw new Error("there is no firewall");
};
const noFirewall: OfFirewall = { firewall: null, notices: { since: unused, raise: unused, settle: unused } };

/** Works off approved requests of every kind as the bot does, until the signal. */
export function workJobs(needs: WorkerNeeds, signal: AbortSignal, limits: Partial<WorkLimits> = {}): Promise<void> {
  const all = { ...noFirewall, ...needs };
  const work = workOnRequest(all, {
    renewal: briefly,
    intention: intentionLimits,
    firewall: firewallLimits,
    ...limits,
  });
  return runJobs({ ...all, work }, signal);
}
