import type { Config } from "./config.ts";
import type { Observation } from "./domain/endpoint.ts";
import { watchedEndpoints } from "./domain/estate.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import type { Health } from "./http.ts";
import type { Clock, Freezes, Inventory, Outbox, Requests } from "./operations/ports.ts";

/** How the bot's link to Slack stands. */
export type SlackState = "waiting for tokens" | "connecting" | "connected";

export interface HealthNeeds {
  config: Pick<Config, "estate">;
  store: { freezes: Pick<Freezes, "all">; outbox: Pick<Outbox, "waiting">; requests: Pick<Requests, "list"> };
  inventory: Pick<Inventory, "observations">;
  slack: () => SlackState;
  vault: () => VaultHealth | null;
  clock: Clock;
}

/** What /healthz says. Only what keeps the bot from answering makes it unhealthy: Vault's state is told, and is not the bot's. */
export async function healthOf({ config, store, inventory, slack, vault, clock }: HealthNeeds): Promise<Health> {
  const [observations, freezes, waiting] = await Promise.all([
    inventory.observations(),
    store.freezes.all(),
    store.outbox.waiting(),
  ]);
  const oldestProbe = oldest(config, observations);
  const stale = oldestProbe === null || clock() - oldestProbe > config.estate.staleAfterMs;
  const watched = watchedEndpoints(config.estate).length > 0;
  return {
    status: slack() !== "connected" ? "starting" : watched && stale ? "degraded" : "ok",
    slack: slack(),
    vault: vault()?.state ?? "not asked yet",
    store: "ok",
    outbox: waiting,
    oldestProbe,
    frozen: freezes.map(({ scope }) => scope),
  };
}

/** When the endpoint that was not looked at for longest was; null while one was never looked at. */
function oldest({ estate }: Pick<Config, "estate">, observations: Observation[]): number | null {
  const seen = new Map(observations.map(({ endpoint, at }) => [endpoint, at]));
  const times = watchedEndpoints(estate).map(({ id }) => seen.get(id) ?? null);
  return times.reduce<number | null>(
    (oldestYet, at) => (at === null || oldestYet === null ? null : Math.min(oldestYet, at)),
    times[0] ?? null,
  );
}

/** What the operators' socket says: renewals under way, and what is frozen. */
export async function statusOf({ store, slack }: Pick<HealthNeeds, "store" | "slack">): Promise<object> {
  const [approved, freezes] = await Promise.all([store.requests.list({ states: ["approved"] }), store.freezes.all()]);
  return {
    ready: slack() === "connected",
    renewals: approved.map(({ id, service, state }) => ({ id, service, state })),
    frozen: freezes.map(({ scope }) => scope),
  };
}
