import { callPages } from "../../bot/adapters/call-page.ts";
import { consulClient } from "../../bot/adapters/consul/client.ts";
import { intentions } from "../../bot/adapters/consul/intentions.ts";
import { openStore } from "../../bot/adapters/store/database.ts";
import { intentionLimits } from "../../bot/domain/enforcement.ts";
import type { MeshPolicy } from "../../bot/domain/mesh.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { haltingAt } from "./halt.ts";
import { intentionNeeds } from "./intention-needs.ts";
import { workJobs } from "./work-jobs.ts";

// A bot that only works off intentions, in a process of its own.

export interface ChildOrders {
  store: string;
  consul: { address: string; tokenFile: string };
  policy: MeshPolicy;
  haltAt: string | null;
  enforceMs: number;
}

const orders = JSON.parse(process.argv[2] ?? "") as ChildOrders;
const pass = haltingAt(orders.haltAt);
const consul = intentions(consulClient({ ...orders.consul, caFile: "none" }));
const calls = callPages(async () => []);

const end = new AbortController();
await using store = await openStore(orders.store, Date.now);
const mesh: Mesh = {
  policy: orders.policy,
  intentions: {
    ...consul,
    async write(...write) {
      const taken = await consul.write(...write);
      pass("intention taken");
      return taken;
    },
    async allows(pair) {
      const allowed = await consul.allows(pair);
      pass("checked");
      return allowed;
    },
  },
  async calls(...call) {
    const seen = await calls(...call);
    pass("called");
    return seen;
  },
};
await workJobs(
  {
    ...intentionNeeds(store, mesh, `bot-${process.pid}`),
    onStep({ step }) {
      pass(step);
      if (["enforced", "not-enforced", "failed", "void"].includes(step)) end.abort();
    },
  },
  AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]),
  { intention: { ...intentionLimits, enforceMs: orders.enforceMs } },
);
