import type { Store } from "../../bot/adapters/store/database.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import type { WorkerNeeds } from "./work-jobs.ts";

const unused = (): never => {
  throw new Error("an intention needs no Vault and no handshake");
};

/** What a bot needs that works off intentions alone. */
export function intentionNeeds(store: Store, mesh: Mesh | null, owner: string): WorkerNeeds {
  return {
    jobs: store.jobs,
    requests: store.requests,
    generations: { read: unused, write: unused },
    issued: { serials: unused, read: unused },
    probe: unused,
    swaps: unused,
    placements: unused,
    health: unused,
    services: new Map(),
    mesh,
    clock: Date.now,
    owner,
  };
}
