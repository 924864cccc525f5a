import { openStore } from "../../bot/adapters/store/database.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { runRenewals } from "../../bot/operations/run-renewals.ts";
import { briefly } from "./limits.ts";
import { vaultAt } from "./vault-over-http.ts";

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
const passed = new Map<string, number>();

function pass(place: string): void {
  const times = (passed.get(place) ?? 0) + 1;
  passed.set(place, times);
  if (orders.haltAt !== (times === 1 ? place : `${place} ${times}`)) return;
  process.stdout.write("halted\n");
  // The whole thread stands still: nothing more is done until the kill.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
}

const { generations, issued } = vaultAt(orders.vault);
const end = new AbortController();
await using store = await openStore(orders.store, Date.now);
await runRenewals(
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
    services: new Map([[orders.service.name, orders.service]]),
    clock: Date.now,
    owner: `bot-${process.pid}`,
    onStep({ step }) {
      pass(step);
      if (step === "deployed") end.abort();
    },
  },
  AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]),
  briefly,
);
