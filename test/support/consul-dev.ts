import { randomUUID } from "node:crypto";
import { type DevAgent, startDevAgent } from "./dev-agent.ts";

/** A Consul of a test's own. */
export function startDevConsul(): Promise<DevAgent> {
  return startDevAgent({
    name: "consul",
    tokenHeader: "x-consul-token",
    http: ({ consul }) => consul.client.https,
    config: ({ ports: { consul }, management }) => ({
      ports: {
        http: consul.client.https,
        server: consul.servers[0].rpc,
        serf_lan: consul.servers[0].serf,
        serf_wan: -1,
        dns: -1,
        grpc: -1,
        grpc_tls: -1,
      },
      acl: { enabled: true, default_policy: "deny", tokens: { initial_management: management } },
      disable_update_check: true,
    }),
    prepare: async ({ ask }) => (await ask("GET", "/v1/acl/token/self")) && (await ask("GET", "/v1/status/leader")),
    async token({ ask }, rules) {
      const secret = randomUUID();
      const { ID } = (await ask("PUT", "/v1/acl/policy", { Name: secret, Rules: rules })) as { ID: string };
      await ask("PUT", "/v1/acl/token", { SecretID: secret, Policies: [{ ID }] });
      return secret;
    },
  });
}
