import { instanceAdmin } from "../../bot/adapters/instance-admin.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { openStore } from "../../bot/adapters/store/database.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import { vaultHealth } from "../../bot/adapters/vault/health.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import { revocations } from "../../bot/adapters/vault/revocations.ts";
import { revocationLimits } from "../../bot/domain/revocation/revoking.ts";
import { haltingAt } from "./halt.ts";
import type { VaultWorld } from "./vault-world.ts";
import { workJobs } from "./work-jobs.ts";

// A bot that works off a revocation, in a process of its own. Where it is told to halt it says so and stands still, to be
// killed. Before it revokes the first one it says what the instances serve.

export interface RevocationOrders extends Pick<VaultWorld, "vault" | "files" | "service"> {
  store: string;
  haltAt: string | null;
}

const orders = JSON.parse(process.argv[2] ?? "") as RevocationOrders;
const pass = haltingAt(orders.haltAt);
const { service } = orders;
const vault = vaultClient(orders.vault);
const taking = revocations(vault);
const probe = createProbe(orders.files);
const served = async () => {
  const seen = await Promise.all(service.endpoints.map((endpoint) => probe(endpoint, 3_000)));
  return seen.map(({ chain }) => chain[0]?.serial ?? null);
};

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
    generations: generations(vault),
    issued: issuedList(vault),
    probe,
    swaps: async () => [],
    placements: null,
    health: () => vaultHealth(vault),
    mesh: null,
    services: new Map([[service.name, service]]),
    clock: Date.now,
    owner: `bot-${process.pid}`,
    inventory: inventory(store.db.withTables()),
    estate: { services: [service], endpoints: [] },
    revocations: {
      ...taking,
      async revoke(mount, serial) {
        process.stdout.write(`served ${JSON.stringify(await served())}\n`);
        const outcome = await taking.revoke(mount, serial);
        pass("one revoked");
        return outcome;
      },
      async rebuild(mount) {
        await taking.rebuild(mount);
        pass("list made anew");
      },
    },
    admin: instanceAdmin({ deadlineMs: 3_000 }),
    onStep({ request, step }) {
      if (request.startsWith("v-") && step === "revoked") end.abort();
    },
  },
  AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]),
  { revocation: { ...revocationLimits, lookEveryMs: 20 } },
);
