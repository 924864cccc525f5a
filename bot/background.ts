import { activeRoot } from "./adapters/consul/roots.ts";
import { gatherGround } from "./adapters/ground.ts";
import { vaultHealth } from "./adapters/vault/health.ts";
import { type Catalogs, followCatalogs } from "./catalogs.ts";
import { watchedEndpoints } from "./domain/estate.ts";
import type { Ground } from "./domain/ground.ts";
import { channelOf } from "./domain/owner-channel.ts";
import type { Server, ServerHealth } from "./domain/server-watch.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import { firewallLoops } from "./firewall-loops.ts";
import type { Logger } from "./log.ts";
import { historyKeeper } from "./operations/forget-history.ts";
import { noteEnforcedLate } from "./operations/note-enforced-late.ts";
import { noteServedLate } from "./operations/note-served-late.ts";
import { observeEndpoints } from "./operations/observe-endpoints.ts";
import { passDeadlines } from "./operations/pass-deadlines.ts";
import { publishHead } from "./operations/publish-head.ts";
import { readIssued } from "./operations/read-issued.ts";
import { renewUnasked } from "./operations/renew-unasked.ts";
import { noteTurnedAway } from "./operations/revocation/note-turned-away.ts";
import { runDigest } from "./operations/run-digest.ts";
import { runPicture } from "./operations/run-picture.ts";
import { type RunNeeds, runJobs } from "./operations/run-jobs.ts";
import { serverWatch } from "./operations/watch-server.ts";
import { watchExpiry } from "./operations/watch-expiry.ts";
import { vaultWatch } from "./operations/watch-vault.ts";
import { workOnRequest } from "./operations/work-on-request.ts";
import type { Parts } from "./parts.ts";
import { onSchedule } from "./scheduled.ts";
import { every } from "./workers.ts";

const second = 1_000;

export type ServersHealth = Partial<Record<Server, ServerHealth | null>>;

/** What was last seen of what the bot itself stands on. */
export interface Background {
  /** Compares the notices with what is, now. */
  lookAtExpiry: () => Promise<void>;
  ground: () => Ground[];
  /** null: not looked at yet. */
  vault: () => VaultHealth | null;
  /** Of those that certops.yaml names; null: not looked at yet. */
  servers: () => ServersHealth;
  /** Resolves when the last of it has stopped. */
  done: Promise<unknown>;
}

/** Everything the bot does unasked, until the signal aborts. */
export function startBackground(parts: Parts, { signal, log }: { signal: AbortSignal; log: Logger }): Background {
  const { config, estate, vault } = parts;
  let ground: Ground[] | null = null;
  let health: VaultHealth | null = null;
  const watch = vaultWatch({ ...parts, health: () => vaultHealth(vault) }, estate);
  const catalogs = followCatalogs(parts, { signal, log });
  const servers = watchServers(parts, catalogs);
  const serverHealth: ServersHealth = Object.fromEntries(servers.map(({ server }) => [server, null]));
  const lookAtExpiry = async () => {
    if (config.notices.length === 0) return;
    await renewUnasked(parts, { thresholds: config.notices }, estate);
    const { owners, slack } = config;
    const tells = {
      thresholds: config.notices,
      channelOf: (of: string | null) => channelOf(owners, of, slack.channel),
    };
    await watchExpiry(parts, tells, { ...estate, ground });
  };
  const loop = (name: string, ms: number, work: () => Promise<unknown>) => every(name, { ms, signal, log }, work);

  const passed = () => performance.now();
  const forget = historyKeeper({ ...parts, passed }, { keepMs: config.history.keep });

  const loops = [
    loop("probe", config.probe.every, () => observeEndpoints(parts, watchedEndpoints(estate), parts.looking)),
    loop("issued", config.probe.every, () => readIssued(parts, config.vault.pkiMount)),
    loop("vault", 2 * second, async () => (health = await watch.look())),
    ...servers.map(({ server, look }) => loop(server, 2 * second, async () => (serverHealth[server] = await look()))),
    loop("ground", 10 * second, async () => (ground = await gatherGround(groundSources(parts)))),
    loop("served-late", config.probe.every, () => noteServedLate(parts)),
    loop("enforced-late", config.probe.every, () => noteEnforcedLate(parts)),
    loop("turned-away", config.probe.every, () => noteTurnedAway(parts)),
    loop("deadlines", second, () => passDeadlines(parts)),
    loop("expiry", config.probe.every, lookAtExpiry),
    loop("forget", 600 * second, forget),
    loop("jobs", second, () => workOff(parts, { signal, log })),
    sendDigests(parts, () => ground ?? [], { signal, log }),
    sendPictures(parts, () => ground ?? [], { signal, log }),
    publishHeads(parts, { signal, log }),
    ...firewallLoops(parts, { signal, log }),
    catalogs.done,
  ];
  return {
    ground: () => ground ?? [],
    lookAtExpiry,
    vault: () => health,
    servers: () => serverHealth,
    done: Promise.all(loops),
  };
}

/** Consul and Nomad, as far as certops.yaml names them. */
function watchServers(parts: Parts, catalogs: Catalogs): { server: Server; look: () => Promise<ServerHealth> }[] {
  return (["consul", "nomad"] as const).flatMap((server) => {
    const client = parts[server];
    if (client === null) return [];
    const needs = { ...parts, ask: () => client.ping(), problem: () => catalogs.problem(server) };
    return [{ server, ...serverWatch(needs, server) }];
  });
}

function workOff(parts: Parts, { signal, log }: { signal: AbortSignal; log: Logger }): Promise<void> {
  const owned = { ...parts, health: () => vaultHealth(parts.vault), owner: `bot-${process.pid}` };
  const work = workOnRequest({ ...owned, onStep: (step) => log.info(step, "a request went on") });
  const onProblem: RunNeeds["onProblem"] = ({ request, error }) =>
    log.error({ request, err: error }, "work on a request is tried again");
  return runJobs({ ...owned, work, onProblem }, signal);
}

function groundSources({ config, consul, mesh, vault, clock }: Parts): Parameters<typeof gatherGround>[0] {
  const { file, caFile, rootCrlFile = null } = config.identity;
  return {
    rootFile: caFile,
    rootCrlFile,
    identityFile: file,
    vault,
    pkiMount: config.vault.pkiMount,
    connectRoot: consul && mesh && (() => activeRoot(consul)),
    clock,
  };
}

type Timed = { signal: AbortSignal; log: Logger };

async function sendDigests(parts: Parts, ground: () => Ground[], timed: Timed): Promise<void> {
  const { digest, owners, notices } = parts.config;
  if (digest === undefined) return;
  const channels = Object.entries(owners).flatMap(([owner, { channel }]) =>
    channel ? [[owner, channel] as const] : [],
  );
  const plan = { ...digest, channels: new Map(channels), thresholds: notices };
  await onSchedule({ name: "digest", ...digest }, timed, (nextAfter) =>
    runDigest({ ...parts, nextAfter }, plan, { ...parts.estate, ground: ground() }),
  );
}

async function sendPictures(parts: Parts, ground: () => Ground[], timed: Timed): Promise<void> {
  const { picture, notices } = parts.config;
  if (picture === undefined) return;
  await onSchedule({ name: "picture", ...picture }, timed, (nextAfter) =>
    runPicture({ ...parts, nextAfter }, { ...picture, thresholds: notices }, { ...parts.estate, ground: ground() }),
  );
}

function publishHeads(parts: Parts, timed: Timed): Promise<void> {
  const { audit: plan } = parts.config;
  return onSchedule({ name: "audit-head", ...plan }, timed, (nextAfter) => publishHead({ ...parts, nextAfter }, plan));
}
