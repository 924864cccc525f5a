import { writeFile } from "node:fs/promises";
import { consulClient } from "../../bot/adapters/consul/client.ts";
import { startDevConsul } from "./consul-dev.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What the lab's bot may do in Consul for the firewall. */
export const botFirewallRules = `key_prefix "firewall/" { policy = "write" }
key "certops/firewall-gate" { policy = "write" }
session_prefix "" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }`;

/** A real Consul, and the bot's way to it. */
export async function aGateWorld() {
  await using owned = new AsyncDisposableStack();
  const consul = owned.use(await startDevConsul());
  const tokenFile = owned.use(temporaryFolder()).file("token");
  await writeFile(tokenFile, await consul.token(botFirewallRules), { mode: 0o600 });
  const client = consulClient({ address: consul.address, caFile: "none", tokenFile });
  const kept = owned.move();
  return { consul, client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
