import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { ConsulClient } from "./client.ts";

/** https://developer.hashicorp.com/consul/api-docs/connect/ca#list-ca-root-certificates */
const roots = z.object({ Roots: z.array(z.object({ RootCert: z.string(), Active: z.boolean() })).nullable() });

/** The PEM of the root that the mesh's certificates are signed under now. */
export async function activeRoot(consul: Pick<ConsulClient, "get">): Promise<string> {
  const found = await consul.get("/v1/connect/ca/roots", roots);
  const active = found?.Roots?.find(({ Active }) => Active);
  if (active !== undefined) return active.RootCert;
  throw new Failure(
    "consul-no-root",
    "Consul's mesh has no active root.",
    "Look at its authority: consul connect ca get-config.",
  );
}
