import type { Store } from "../../bot/adapters/store/database.ts";
import { type FirewallLimits, firewallLimits } from "../../bot/domain/firewall/course.ts";
import type { FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { Firewall } from "../../bot/operations/firewall/ports.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { firewallIn } from "./firewall-requests.ts";
import { noRenewal, type WorkerNeeds, workJobs } from "./work-jobs.ts";

export function firewallNeeds(store: Store, firewall: Firewall | null): WorkerNeeds {
  return {
    jobs: store.jobs,
    requests: store.requests,
    notices: notices(store.db.withTables()),
    ...noRenewal,
    mesh: null,
    firewall,
    clock: Date.now,
    owner: "bot-test",
    onProblem: ({ request, error }) => console.error(request, error),
  };
}

const ends = ["applied", "rolled-back", "failed", "void"];

/** Works until these requests have ended. */
export async function workOff(
  store: Store,
  firewall: Firewall | null,
  ids: string[],
  {
    limits = {},
    needs = {},
    ms = 60_000,
  }: { limits?: Partial<FirewallLimits>; needs?: Partial<WorkerNeeds>; ms?: number } = {},
): Promise<FirewallRequest[]> {
  const stop = new AbortController();
  const open = new Set(ids);
  const onStep: WorkerNeeds["onStep"] = ({ request, step }) => {
    if (ends.includes(step)) open.delete(request);
    if (open.size === 0) stop.abort();
  };
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(ms)]);
  const all = { ...firewallNeeds(store, firewall), onStep, ...needs };
  await workJobs(all, signal, { firewall: { ...firewallLimits, ...limits } });
  return Promise.all(ids.map((id) => firewallIn(store, id)));
}
