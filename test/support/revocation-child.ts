import { readFileSync, writeFileSync } from "node:fs";
import { openStore } from "../../bot/adapters/store/database.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { revocationLimits } from "../../bot/domain/revocation/revoking.ts";
import { haltingAt } from "./halt.ts";
import type { ChildOrders } from "./renewal-child.ts";
import { vaultAt } from "./vault-over-http.ts";
import { workJobs } from "./work-jobs.ts";

// A bot that works off a revocation, in a process of its own. Where it is told to halt it says so and stands still, to be killed.

/** `list`: the file in which Vault's list stands. */
export type RevocationOrders = ChildOrders & { list: string };

/** `served`: what the instances showed when the first one was revoked. */
export interface ListFile {
  revoked: string[];
  list: string[];
  served: (string | null)[];
}

const orders = JSON.parse(process.argv[2] ?? "") as RevocationOrders;
const pass = haltingAt(orders.haltAt);
const { generations, issued } = vaultAt(orders.vault);
const probe = createProbe(orders.files);
const { service } = orders;
const held = () => JSON.parse(readFileSync(orders.list, "utf8")) as ListFile;
const keep = (next: Partial<ListFile>) => writeFileSync(orders.list, JSON.stringify({ ...held(), ...next }));

const end = new AbortController();
await using store = await openStore(orders.store, Date.now);
await workJobs(
  {
    jobs: store.jobs,
    requests: {
      ...store.requests,
      async open(...opening) {
        const opened = await store.requests.open(...opening);
        pass("renewal opened");
        return opened;
      },
    },
    generations,
    issued,
    probe,
    swaps: async () => [],
    placements: null,
    health: async () => ({ state: "ok", why: null }),
    mesh: null,
    services: new Map([[service.name, service]]),
    clock: Date.now,
    owner: `bot-${process.pid}`,
    inventory: inventory(store.db.withTables()),
    estate: { services: [service], endpoints: [] },
    revocations: {
      async revoke(_, serial) {
        if (held().revoked.length === 0) {
          const seen = await Promise.all(service.endpoints.map((endpoint) => probe(endpoint, 3_000)));
          keep({ served: seen.map(({ chain }) => chain[0]?.serial ?? null) });
        }
        keep({ revoked: [...new Set([...held().revoked, serial])] });
        pass("one revoked");
        return "revoked";
      },
      async rebuild() {
        keep({ list: held().revoked });
        pass("list made anew");
      },
      listed: async () => new Set(held().list),
    },
    admin: { refused: async () => ({ checks: true, named: held().list }) },
    onStep({ request, step }) {
      if (request.startsWith("v-") && step === "revoked") end.abort();
    },
  },
  AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]),
  { revocation: { ...revocationLimits, lookEveryMs: 20 } },
);
