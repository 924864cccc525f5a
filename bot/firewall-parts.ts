import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { consulAddresses } from "./adapters/consul/addresses.ts";
import type { ConsulClient } from "./adapters/consul/client.ts";
import { gateLock } from "./adapters/consul/gate-lock.ts";
import { ruleKeys } from "./adapters/consul/keys.ts";
import { serviceNames } from "./adapters/consul/service-names.ts";
import { ctsClient } from "./adapters/cts/client.ts";
import { syncTask } from "./adapters/cts/sync-task.ts";
import { firewallProbers } from "./adapters/firewall/probers.ts";
import { firewallRouter } from "./adapters/firewall/router.ts";
import { signingKey } from "./adapters/firewall/signing-key.ts";
import type { Config } from "./config.ts";
import { estateOver, watchedEndpoints } from "./domain/estate.ts";
import { parseCidr } from "./domain/firewall/cidr.ts";
import type { Firewall } from "./operations/firewall/ports.ts";

/** null where certops.yaml has no firewall. Whoever calls this has the store of that data folder open. */
export function firewallOf(config: Config, consul: ConsulClient | null): Firewall | null {
  const { firewall, identity, data } = config;
  if (firewall === null || consul === null) return null;
  const { policy, cts, router } = firewall;
  const { publicKey, sign } = signingKey(data);
  const own = { identityFile: identity.file, caFile: identity.caFile };
  const addresses = consulAddresses(consul);
  return {
    policy,
    rules: ruleKeys(consul),
    gate: gateLock(consul, { owner: ownerOf(data) }),
    task: syncTask(ctsClient({ address: cts.address, ...own }), {
      name: cts.task,
      module: cts.module,
      variables: { ...cts.variables, public_key: publicKey },
    }),
    sign,
    addresses,
    async hosts() {
      const names = await serviceNames(consul)();
      const listed = await Promise.all(names.slice(0, mostServices).map(addresses));
      return [...watchedAddresses(config), ...listed.flat()];
    },
    probers: firewallProbers(policy.zones, own),
    router: router === null ? null : firewallRouter(router, own),
  };
}

/** Enough to find a host in a network by. */
const mostServices = 50;

function watchedAddresses({ estate, services }: Pick<Config, "estate" | "services">): string[] {
  const hosts = watchedEndpoints(estateOver(services, estate)).map(({ host }) => host);
  return hosts.filter((host) => typeof parseCidr(host) === "string");
}

/** The same after a restart: whoever has this store is this bot, for the store lets no second one in. */
function ownerOf(data: string): string {
  return createHash("sha256").update(`${hostname()} ${data}`).digest("hex").slice(0, 16);
}
