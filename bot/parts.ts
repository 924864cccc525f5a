import { passkeysOf } from "./passkey-parts.ts";
import { readAgentLog } from "./adapters/agent-log.ts";
import { auditLogOfVault } from "./adapters/audit-log-of-vault.ts";
import { callPages, type FindInstances } from "./adapters/call-page.ts";
import { consulCatalog } from "./adapters/consul/catalog.ts";
import { type ConsulClient, consulClient } from "./adapters/consul/client.ts";
import { intentions } from "./adapters/consul/intentions.ts";
import { generationsBy } from "./adapters/deployers.ts";
import { instanceAdmin } from "./adapters/instance-admin.ts";
import { nomadCatalog } from "./adapters/nomad/catalog.ts";
import { nomadClient } from "./adapters/nomad/client.ts";
import { nomadGenerations } from "./adapters/nomad/generations.ts";
import { nomadPlacements } from "./adapters/nomad/placements.ts";
import { openStore } from "./adapters/store/database.ts";
import { deliveries } from "./adapters/store/deliveries.ts";
import { homes } from "./adapters/store/homes.ts";
import { inventory } from "./adapters/store/inventory.ts";
import { requestCounts } from "./adapters/store/request-counts.ts";
import { digests } from "./adapters/store/digests.ts";
import { expiryNotices } from "./adapters/store/expiry-notices.ts";
import { notices } from "./adapters/store/notices.ts";
import { schedules } from "./adapters/store/schedules.ts";
import { snoozes } from "./adapters/store/snoozes.ts";
import { createProbe } from "./adapters/tls-probe.ts";
import { vaultClient } from "./adapters/vault/client.ts";
import { generations } from "./adapters/vault/generations.ts";
import { revocations } from "./adapters/vault/revocations.ts";
import { issuedList } from "./adapters/vault/issued.ts";
import type { Config } from "./config.ts";
import { firewallOf } from "./firewall-parts.ts";
import { estateOver, isWatched } from "./domain/estate.ts";
import type { Looking } from "./operations/observe-endpoints.ts";
import type { Catalog, Clock, Mesh } from "./operations/ports.ts";

export type Parts = Awaited<ReturnType<typeof openParts>>;

/**
 * Every adapter, opened once. The store is closed by whoever opened the parts. `services` and `estate` are as the catalogs
 * have them: an entry is replaced when its instances come or go, so they are looked at anew for each use.
 */
export async function openParts(config: Config, clock: Clock) {
  const services = new Map(config.services);
  const watched = new Map(config.catalogs);
  const estate = estateOver(services, config.estate, watched);
  const looking: Looking = {
    deadlineMs: config.probe.deadline,
    concurrency: probesAtOnce,
    isWatched: (endpoint) => isWatched(estate, endpoint),
  };
  const consul = config.consul ? consulClient(config.consul) : null;
  const nomad = config.nomad ? nomadClient(config.nomad) : null;
  const catalogs = {
    consul: config.consul ? consulCatalog(config.consul) : null,
    nomad: nomad && nomadCatalog(nomad),
  };
  const store = await openStore(`${config.data}/certops.db`, clock);
  const vault = vaultClient(config.vault);
  const admin = instanceAdmin({ deadlineMs: config.probe.deadline });
  return {
    config,
    clock,
    store,
    requests: store.requests,
    freezes: store.freezes,
    audit: store.audit,
    jobs: store.jobs,
    outbox: store.outbox,
    deliveries: deliveries(store.db.withTables()),
    homes: homes(store.db.withTables()),
    requestCounts: requestCounts(store.db),
    inventory: inventory(store.db.withTables()),
    notices: notices(store.db.withTables()),
    schedules: schedules(store.db.withTables()),
    digests: digests(store.db.withTables()),
    expiryNotices: expiryNotices(store.db.withTables()),
    snoozes: snoozes(store.db.withTables()),
    owners: config.owners,
    probe: createProbe({ identityFile: config.identity.file, caFile: config.identity.caFile }),
    vault,
    admin,
    swaps: admin.swaps,
    issued: issuedList(vault),
    revocations: revocations(vault),
    generations: generationsBy({ "vault-agent": generations(vault), nomad: nomad && nomadGenerations(nomad) }),
    placements: nomad && nomadPlacements(nomad),
    consul,
    nomad,
    catalogs,
    vaultAudit: config.evidence.vaultAudit === undefined ? null : auditLogOfVault(config.evidence.vaultAudit),
    agentLog: readAgentLog,
    agentLogs: config.agentLogs,
    services,
    watched,
    estate,
    looking,
    mesh: meshOf(config, consul, catalogs.consul),
    firewall: firewallOf(config, consul),
    passkeys: passkeysOf(config, store),
  };
}

const probesAtOnce = 20;
const findMs = 5_000;

/** null where certops.yaml has none. */
function meshOf({ mesh: policy }: Config, consul: ConsulClient | null, catalog: Catalog | null): Mesh | null {
  if (policy === null || consul === null || catalog === null) return null;
  const find: FindInstances = async (service, tag) => {
    const { listing } = await catalog.listed({ kind: "consul", service, tag }, null, AbortSignal.timeout(findMs));
    return listing.instances;
  };
  return { policy, intentions: intentions(consul), calls: callPages(find) };
}
