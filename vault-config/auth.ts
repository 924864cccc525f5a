import type { Settings } from "./objects.ts";
import { agentName, type ServerCertificate } from "./servers.ts";
import type { Service } from "./services.ts";

/** Who logs in by AppRole. Each has one policy, of the same name. */
export function appRoleNames(services: Service[], servers: ServerCertificate[]): string[] {
  return [...services.map(({ name }) => `agent-${name}`), ...new Set(servers.map(agentName)), "certops-bot"];
}

/** `loopbackOnly` binds secret ids and tokens to this machine, as fits a Vault that only listens there. */
export function appRoles(names: string[], loopbackOnly: boolean): Settings[] {
  const cidrs = loopbackOnly ? ["127.0.0.1/32"] : [];
  return names.map((name) => ({
    kind: "approle",
    path: `auth/approle/role/${name}`,
    fields: {
      bind_secret_id: true,
      // The wrap around it opens once. The id itself is kept in the agent's memory, which logs in again with it.
      secret_id_num_uses: 0,
      secret_id_ttl: "720h",
      secret_id_bound_cidrs: cidrs,
      token_policies: [name],
      token_no_default_policy: true,
      token_type: "service",
      token_ttl: "1h",
      token_max_ttl: "24h",
      token_explicit_max_ttl: 0,
      token_num_uses: 0,
      token_period: 0,
      token_bound_cidrs: cidrs,
      token_strictly_bind_ip: false,
    },
  }));
}
