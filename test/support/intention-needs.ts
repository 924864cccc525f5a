import type { Store } from "../../bot/adapters/store/database.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { noRenewal, type WorkerNeeds } from "./work-jobs.ts";

/** What a bot needs that works off intentions alone. */
export function intentionNeeds(store: Store, mesh: Mesh | null, owner: string): WorkerNeeds {
  return {
    jobs: store.jobs,
    requests: store.requests,
    ...noRenewal,
    mesh,
    clock: Date.now,
    owner,
  };
}
