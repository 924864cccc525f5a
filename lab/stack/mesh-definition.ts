import type { MeshInstance } from "../state.ts";

export interface InMesh {
  /** The service it calls. */
  peer: string;
  /** Of its own service: with it the agent also gets what the sidecar is to know. */
  token: string;
  /** What the checks count as until they were made. */
  status: "passing" | "critical";
}

/** Nobody stands in for the one sidecar of a service: a look that comes late is no reason yet to send its callers away. */
const patience = { failures_before_critical: 3 };

/** A service behind a sidecar, and that, as Consul's file has them. */
export function meshDefinition(of: MeshInstance, { peer, token, status }: InMesh): object {
  const { service, instance, host, port, adminPort, sidecarPort, upstreamPort } = of;
  return {
    service: {
      id: instance,
      name: service,
      token,
      tags: ["mesh", `instance=${instance}`, `admin=${host}:${adminPort}`],
      address: host,
      port,
      checks: [
        {
          name: "answers its sidecar",
          http: `http://${host}:${port}/`,
          interval: "2s",
          timeout: "1s",
          status,
          ...patience,
        },
      ],
      connect: {
        sidecar_service: {
          address: host,
          port: sidecarPort,
          checks: [
            {
              name: "sidecar listens",
              tcp: `${host}:${sidecarPort}`,
              interval: "1s",
              timeout: "1s",
              status,
              ...patience,
            },
          ],
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
