import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { consulAddresses } from "./adapters/consul/addresses.ts";
import type { ConsulClient } from "./adapters/consul/client.ts";
import { gateLock } from "./adapters/consul/gate-lock.ts";
import { ruleKeys } from "./adapters/consul/keys.ts";
import { ctsClient } from "./adapters/cts/client.ts";
import { syncTask } from "./adapters/cts/sync-task.ts";
import { firewallProbers } from "./adapters/firewall/probers.ts";
import { firewallRouter } from "./adapters/firewall/router.ts";
import type { Config } from "./config.ts";
import type { Firewall } from "./operations/firewall/ports.ts";

/** null where certops.yaml has no firewall. */
export function firewallOf({ firewall, identity, data }: Config, consul: ConsulClient | null): Firewall | null {
  if (firewall === null || consul === null) return null;
  const { policy, cts, router } = firewall;
  const own = { identityFile: identity.file, caFile: identity.caFile };
  return {
    policy,
    rules: ruleKeys(consul),
    gate: gateLock(consul, { owner: ownerOf(data) }),
    task: syncTask(ctsClient({ address: cts.address, ...own }), {
      name: cts.task,
      module: cts.module,
      variables: cts.variables,
    }),
    addresses: consulAddresses(consul),
    probers: firewallProbers(policy.zones, own),
    router: router === null ? null : firewallRouter(router, own),
  };
}

/** The same after a restart: whoever has this store is this bot, for the store lets no second one in. */
function ownerOf(data: string): string {
  return createHash("sha256").update(`${hostname()} ${data}`).digest("hex").slice(0, 16);
}
