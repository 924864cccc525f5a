import { openStore } from "../../bot/adapters/store/database.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import type { Firewall, KeyChange } from "../../bot/operations/firewall/ports.ts";
import { firewallNeeds } from "./firewall-work.ts";
import { type FirewallPlace, firewallAt } from "./firewall-world.ts";
import { haltingAt } from "./halt.ts";
import { workJobs } from "./work-jobs.ts";

// A bot that only works off changes to the firewall, in a process of its own. Its places have the names of `bot/domain/steps.ts`, where
// they are steps.

export interface ChildOrders {
  store: string;
  place: FirewallPlace;
  haltAt: string | null;
}

const orders = JSON.parse(process.argv[2] ?? "") as ChildOrders;
const pass = haltingAt(orders.haltAt);
const { firewall, probers } = firewallAt(orders.place);

/** Tells the place once it has been done. */
function told<A extends unknown[], T>(place: string, work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return async (...args) => {
    const result = await work(...args);
    pass(place);
    return result;
  };
}

const watched: Firewall = {
  ...firewall,
  gate: {
    take: told("gate taken", async (signal: AbortSignal) => {
      const held = await firewall.gate.take(signal);
      return {
        left: held.left,
        lost: held.lost,
        write: told("journal written", (journal: Parameters<typeof held.write>[0]) => held.write(journal)),
        [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
      };
    }),
  },
  rules: { ...firewall.rules, write: told("keys taken", (change: KeyChange) => firewall.rules.write(change)) },
  task: {
    ...firewall.task,
    run: told("applied", (signal: AbortSignal) => {
      setTimeout(() => pass("running"), 400);
      return firewall.task.run(signal);
    }),
  },
};

const end = new AbortController();
await using store = await openStore(orders.store, Date.now);
using _probers = probers;
await workJobs(
  {
    ...firewallNeeds(store, watched),
    owner: `bot-${process.pid}`,
    onStep({ step }) {
      pass(step);
      if (["applied", "rolled-back", "failed", "void"].includes(step)) end.abort();
    },
  },
  AbortSignal.any([end.signal, AbortSignal.timeout(60_000)]),
  { firewall: { ...firewallLimits, provenMs: 1_500, againMs: 250 } },
);
