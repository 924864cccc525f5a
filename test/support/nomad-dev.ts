import { randomUUID } from "node:crypto";
import { type DevAgent, startDevAgent } from "./dev-agent.ts";

/** A Nomad of a test's own that runs jobs of raw_exec. */
export function startDevNomad(): Promise<DevAgent> {
  const clouds = ["env_aws", "env_gce", "env_azure", "env_digitalocean"];
  return startDevAgent({
    name: "nomad",
    tokenHeader: "x-nomad-token",
    http: ({ nomad }) => nomad.server.http,
    config: ({ ports: { nomad }, dir }) => ({
      ports: nomad.server,
      bind_addr: "127.0.0.1",
      advertise: { http: "127.0.0.1", rpc: "127.0.0.1", serf: "127.0.0.1" },
      data_dir: `${dir}/data`,
      acl: { enabled: true },
      disable_update_check: true,
      plugin: [{ raw_exec: [{ config: [{ enabled: true }] }] }],
      client: {
        network_interface: "lo",
        min_dynamic_port: nomad.clients[0]?.firstDynamic,
        max_dynamic_port: nomad.clients[0]?.lastDynamic,
        options: { "fingerprint.denylist": clouds.join(",") },
      },
    }),
    async prepare({ ask }, management) {
      await ask("POST", "/v1/acl/bootstrap", { BootstrapSecret: management }).catch(() => {});
      const nodes = (await ask("GET", "/v1/nodes")) as { Status: string }[];
      return nodes.some(({ Status }) => Status === "ready") || null;
    },
    async token({ ask }, rules) {
      const Name = randomUUID();
      await ask("POST", `/v1/acl/policy/${Name}`, { Name, Rules: rules });
      const made = await ask("POST", "/v1/acl/token", { Name, Type: "client", Policies: [Name] });
      return (made as { SecretID: string }).SecretID;
    },
  });
}
