import { cron } from "./adapters/cron.ts";
import { gatherGround } from "./adapters/ground.ts";
import { vaultHealth } from "./adapters/vault/health.ts";
import { watchedEndpoints } from "./domain/estate.ts";
import type { Ground } from "./domain/ground.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import type { Logger } from "./log.ts";
import { expireRequests } from "./operations/expire-requests.ts";
import { noteServedLate } from "./operations/note-served-late.ts";
import { observeEndpoints } from "./operations/observe-endpoints.ts";
import { readIssued } from "./operations/read-issued.ts";
import { runDigest } from "./operations/run-digest.ts";
import { runRenewals } from "./operations/run-renewals.ts";
import { vaultWatch } from "./operations/watch-vault.ts";
import type { Parts } from "./parts.ts";
import { every } from "./workers.ts";

const probesAtOnce = 20;
const second = 1_000;

/** What was last seen of what the bot itself stands on. */
export interface Background {
  ground: () => Ground[];
  /** null: not looked at yet. */
  vault: () => VaultHealth | null;
  /** Resolves when the last of it has stopped. */
  done: Promise<unknown>;
}

/** Everything the bot does unasked, until the signal aborts. */
export function startBackground(parts: Parts, { signal, log }: { signal: AbortSignal; log: Logger }): Background {
  const { config, clock, inventory, vault } = parts;
  let ground: Ground[] = [];
  let health: VaultHealth | null = null;
  const watch = vaultWatch({ ...parts, health: () => vaultHealth(vault) }, config.estate);
  const loop = (name: string, ms: number, work: () => Promise<unknown>) => every(name, { ms, signal, log }, work);

  const loops = [
    loop("probe", config.probe.every, () =>
      observeEndpoints(parts, watchedEndpoints(config.estate), {
        deadlineMs: config.probe.deadline,
        concurrency: probesAtOnce,
      }),
    ),
    loop("issued", config.probe.every, () => readIssued(parts, config.vault.pkiMount)),
    loop("vault", 2 * second, async () => (health = await watch.look())),
    loop("ground", 10 * second, async () => (ground = await gatherGround(groundSources(parts)))),
    loop("served-late", config.probe.every, () => noteServedLate(parts)),
    loop("expire", second, () => expireRequests(parts)),
    loop("forget", 600 * second, () => inventory.forgetBefore(clock() - config.history.keep)),
    loop("renewals", second, () =>
      runRenewals(
        {
          ...parts,
          owner: `bot-${process.pid}`,
          onStep: (step) => log.info(step, "renewal went on"),
          onProblem: ({ request, error }) => log.error({ request, err: error }, "a renewal is tried again"),
        },
        signal,
      ),
    ),
    sendDigests(parts, () => ground, { signal, log }),
  ];
  return { ground: () => ground, vault: () => health, done: Promise.all(loops) };
}

function groundSources({ config, vault, clock }: Parts): Parameters<typeof gatherGround>[0] {
  const { file, caFile, rootCrlFile = null } = config.identity;
  return { rootFile: caFile, rootCrlFile, identityFile: file, vault, pkiMount: config.vault.pkiMount, clock };
}

async function sendDigests(
  parts: Parts,
  ground: () => Ground[],
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<void> {
  const { digest: plan, estate } = parts.config;
  if (plan === undefined) return;
  let ticked = Promise.withResolvers<void>();
  const tick = () => {
    ticked.resolve();
    ticked = Promise.withResolvers();
  };
  using timer = cron({ expression: plan.cron, timezone: plan.timezone }, tick);
  signal.addEventListener("abort", tick, { once: true });
  while (!signal.aborted) {
    const next = ticked.promise;
    await runDigest({ ...parts, nextAfter: (now) => timer.nextAfter(now) }, plan, {
      ...estate,
      ground: ground(),
    }).catch((error: unknown) => log.error({ err: error }, "the digest is tried again at the next tick"));
    await next;
  }
}
