import type { ServersHealth } from "./background.ts";
import type { Observation } from "./domain/endpoint.ts";
import { type Estate, watchedEndpoints } from "./domain/estate.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import type { Health } from "./http.ts";
import type { Clock } from "./operations/ports.ts";
import type { Freezes, Outbox, Requests } from "./operations/store-ports.ts";
import type { Inventory } from "./operations/inventory.ts";

/** How the bot's link to Slack stands. */
export type SlackState = "waiting for tokens" | "connecting" | "connected";

export interface HealthNeeds {
  estate: Estate;
  store: { freezes: Pick<Freezes, "all">; outbox: Pick<Outbox, "waiting">; requests: Pick<Requests, "list"> };
  inventory: Pick<Inventory, "observations">;
  slack: () => SlackState;
  vault: () => VaultHealth | null;
  servers: () => ServersHealth;
  clock: Clock;
}

/** What /healthz says. Only what keeps the bot from answering makes it unhealthy: Vault's, Consul's and Nomad's state is told, and is not the bot's. */
export async function healthOf({
  estate,
  store,
  inventory,
  slack,
  vault,
  servers,
  clock,
}: HealthNeeds): Promise<Health> {
  const [observations, freezes, waiting] = await Promise.all([
    inventory.observations(),
    store.freezes.all(),
    store.outbox.waiting(),
  ]);
  const oldestProbe = oldest(estate, observations);
  const stale = oldestProbe === null || clock() - oldestProbe > estate.staleAfterMs;
  const watched = watchedEndpoints(estate).length > 0;
  return {
    status: slack() !== "connected" ? "starting" : watched && stale ? "degraded" : "ok",
    slack: slack(),
    vault: vault()?.state ?? "not asked yet",
    ...Object.fromEntries(Object.entries(servers()).map(([name, seen]) => [name, seen?.state ?? "not asked yet"])),
    store: "ok",
    outbox: waiting,
    oldestProbe,
    frozen: freezes.map(({ scope }) => scope),
  };
}

/**
 * When the endpoint that was not looked at for longest was; null while none was. One that a catalog has just listed is
 * looked at in this moment.
 */
function oldest(estate: Estate, observations: Observation[]): number | null {
  const seen = new Map(observations.map(({ endpoint, at }) => [endpoint, at]));
  const times = watchedEndpoints(estate).flatMap(({ id }) => seen.get(id) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

/** What the operators' socket says: what is under way, by its kind, and what is frozen. */
export async function statusOf({ store, slack }: Pick<HealthNeeds, "store" | "slack">): Promise<object> {
  const [renewals, intentions, changes, revocations, freezes] = await Promise.all([
    store.requests.list({ kind: "renewal", states: ["approved"] }),
    store.requests.list({ kind: "intention", states: ["approved"] }),
    store.requests.list({ kind: "firewall", states: ["approved"] }),
    store.requests.list({ kind: "revocation", states: ["approved"] }),
    store.freezes.all(),
  ]);
  return {
    ready: slack() === "connected",
    renewals: renewals.map(({ id, service, state }) => ({ id, service, state })),
    intentions: intentions.map(({ id, plan: { source, destination }, state }) => ({ id, source, destination, state })),
    firewall: changes.map(({ id, plan: { action }, state }) => ({ id, action, state })),
    revocations: revocations.map(({ id, plan: { renewal }, state }) => ({ id, service: renewal.service, state })),
    frozen: freezes.map(({ scope }) => scope),
  };
}
