import { readAgentLog } from "./adapters/agent-log.ts";
import { auditLogOfVault } from "./adapters/audit-log-of-vault.ts";
import { instanceAdmin } from "./adapters/instance-admin.ts";
import { openStore } from "./adapters/store/database.ts";
import { deliveries } from "./adapters/store/deliveries.ts";
import { inventory } from "./adapters/store/inventory.ts";
import { requestCounts } from "./adapters/store/request-counts.ts";
import { notices } from "./adapters/store/notices.ts";
import { schedules } from "./adapters/store/schedules.ts";
import { createProbe } from "./adapters/tls-probe.ts";
import { vaultClient } from "./adapters/vault/client.ts";
import { generations } from "./adapters/vault/generations.ts";
import { issuedList } from "./adapters/vault/issued.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./operations/ports.ts";

export type Parts = Awaited<ReturnType<typeof openParts>>;

/** Every adapter, opened once. The store is closed by whoever opened the parts. */
export async function openParts(config: Config, clock: Clock) {
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
    requestCounts: requestCounts(store.db),
    inventory: inventory(store.db.withTables()),
    notices: notices(store.db.withTables()),
    schedules: schedules(store.db.withTables()),
    probe: createProbe({ identityFile: config.identity.file, caFile: config.identity.caFile }),
    vault,
    admin,
    swaps: admin.swaps,
    issued: issuedList(vault),
    generations: generations(vault),
    vaultAudit: config.evidence.vaultAudit === undefined ? null : auditLogOfVault(config.evidence.vaultAudit),
    agentLog: readAgentLog,
    agentLogs: config.agentLogs,
    services: config.services,
  };
}
