import { openStore } from "../../bot/adapters/store/database.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { haltingAt } from "./halt.ts";
import { vaultAt } from "./vault-over-http.ts";
import { workJobs } from "./work-jobs.ts";

// A bot that only renews, in a process of its own. Where it is told to halt it says so and stands still, to be killed.

export interface ChildOrders {
  store: string;
  vault: string;
  service: ManagedService;
  files: { identityFile: string; caFile: string };
  /** For example `written` or `written 2`: the second time it comes by. null: go on to the end. */
  haltAt: string | null;
}

const orders = JSON.parse(process.argv[2] ?? "") as ChildOrders;
const pass = haltingAt(orders.haltAt);

const { generations, issued } = vaultAt(orders.vault);
const end = new AbortController();
await using store = await openStore(orders.store, Date.now);
await workJobs(
  {
    jobs: store.jobs,
    requests: store.requests,
    generations: {
      ...generations,
      async write(...write) {
        const taken = await generations.write(...write);
        pass("taken by Vault");
        return taken;
      },
    },
    issued: {
      ...issued,
      serials(mount) {
        pass("asked for the issued list");
        return issued.serials(mount);
      },
    },
    probe: createProbe(orders.files),
    swaps: async () => [],
    placements: null,
    health: async () => ({ state: "ok", why: null }),
    mesh: null,
    services: new Map([[orders.service.name, orders.service]]),
    clock: Date.now,
    owner: `bot-${process.pid}`,
    onStep({ step }) {
      pass(step);
      if (step === "deployed") end.abort();
    },
  },
  AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]),
);
