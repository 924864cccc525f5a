import { instanceAdmin } from "../../bot/adapters/instance-admin.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import { vaultHealth } from "../../bot/adapters/vault/health.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import { revocations } from "../../bot/adapters/vault/revocations.ts";
import { revocationLimits } from "../../bot/domain/revocation/revoking.ts";
import { proposeRevocation } from "../../bot/operations/revocation/propose-revocation.ts";
import { courseInSlack, type CourseOrders } from "./course-in-slack.ts";
import type { VaultWorld } from "./vault-world.ts";

// A bot that revokes what a service serves. Before it revokes the first one it says what the instances serve.

export interface RevocationOrders extends CourseOrders, Pick<VaultWorld, "vault" | "files" | "service"> {
  id: string;
}

const orders = JSON.parse(process.argv[2] ?? "") as RevocationOrders;
const { id, service } = orders;
const vault = vaultClient(orders.vault);
const taking = revocations(vault);
const probe = createProbe(orders.files);
const admin = instanceAdmin({ deadlineMs: 3_000 });
const services = new Map([[service.name, service]]);
const served = async () => {
  const seen = await Promise.all(service.endpoints.map((endpoint) => probe(endpoint, 3_000)));
  return seen.map(({ chain }) => chain[0]?.serial ?? null);
};

await courseInSlack(orders, (store, pass) => {
  const kept = inventory(store.db.withTables());
  const issued = issuedList(vault);
  const own = ["certops-bot.example.com"];
  const wanted = { target: service.name, reason: "key-compromise", text: "seen in a log", requester: "U0ANA" };
  return {
    id,
    services,
    ask: (needs) =>
      proposeRevocation({ ...needs, inventory: kept, issued, services, admin, own, newId: () => id }, wanted),
    works: {
      generations: generations(vault),
      issued,
      probe,
      swaps: async () => [],
      placements: null,
      health: () => vaultHealth(vault),
      inventory: kept,
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
      admin,
    },
    limits: { revocation: { ...revocationLimits, lookEveryMs: 20 } },
  };
});
