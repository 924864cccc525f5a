import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import { vaultHealth } from "../../bot/adapters/vault/health.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { openRequest } from "../../bot/operations/open-request.ts";
import { courseInSlack, type CourseOrders } from "./course-in-slack.ts";
import type { VaultWorld } from "./vault-world.ts";

// A bot that renews a service.

export interface ChildOrders extends CourseOrders, Pick<VaultWorld, "vault" | "files" | "service"> {
  /** As it is asked for. */
  request: RenewalRequest;
}

const orders = JSON.parse(process.argv[2] ?? "") as ChildOrders;
const { request, service } = orders;
const vault = vaultClient(orders.vault);
const kv = generations(vault);

await courseInSlack(orders, (_, pass) => ({
  id: request.id,
  services: new Map([[service.name, service]]),
  ask: (needs) => openRequest(needs, request),
  works: {
    generations: {
      ...kv,
      async write(...write) {
        const taken = await kv.write(...write);
        pass("generation taken");
        return taken;
      },
    } as typeof kv,
    issued: issuedList(vault),
    probe: createProbe(orders.files),
    swaps: async () => [],
    placements: null,
    health: () => vaultHealth(vault),
  },
}));
