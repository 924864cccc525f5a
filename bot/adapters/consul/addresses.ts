import { z } from "zod";
import type { Firewall } from "../../operations/firewall/ports.ts";
import type { ConsulClient } from "./client.ts";

/** https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-a-service */
const entries = z.array(
  z.object({ Node: z.object({ Address: z.string() }), Service: z.object({ Address: z.string() }) }),
);

/** The addresses that CTS finds: of the instances whose checks pass. */
export function consulAddresses(consul: Pick<ConsulClient, "get">): Firewall["addresses"] {
  return async (service) => {
    const found =
      (await consul.get(`/v1/health/service/${encodeURIComponent(service)}?passing&consistent`, entries)) ?? [];
    const addresses = found.map(({ Node, Service }) => Service.Address || Node.Address);
    return [...new Set(addresses)].toSorted();
  };
}
