import type { MeshInstance } from "../state.ts";

/**
 * A service behind a sidecar, and that, as Consul's file has them. Both count as well until a check fails: Consul's client
 * forgets what it found when it is started again, and would have every call refused until it has looked.
 */
export function meshDefinition(of: MeshInstance, peer: string, token: string): object {
  const { service, instance, host, port, adminPort, sidecarPort, upstreamPort } = of;
  const status = "passing";
  return {
    service: {
      id: instance,
      name: service,
      // Also with which the agent gets what the sidecar is to know.
      token,
      tags: ["mesh", `instance=${instance}`, `admin=${host}:${adminPort}`],
      address: host,
      port,
      checks: [{ name: "answers its sidecar", http: `http://${host}:${port}/`, interval: "2s", timeout: "1s", status }],
      connect: {
        sidecar_service: {
          address: host,
          port: sidecarPort,
          checks: [{ name: "sidecar listens", tcp: `${host}:${sidecarPort}`, interval: "1s", timeout: "1s", status }],
          proxy: {
            local_service_address: host,
            config: { bind_address: host },
            upstreams: [{ destination_name: peer, local_bind_address: host, local_bind_port: upstreamPort }],
          },
        },
      },
    },
  };
}
