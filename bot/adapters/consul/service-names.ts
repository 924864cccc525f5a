import { z } from "zod";
import type { ConsulClient } from "./client.ts";

/** https://developer.hashicorp.com/consul/api-docs/catalog#list-services */
const catalog = z.record(z.string(), z.array(z.string()));

/** The services of Consul's catalog, as far as the bot may see them. Throws a Failure when Consul does not answer. */
export const serviceNames = (consul: Pick<ConsulClient, "get">) => async (): Promise<string[]> =>
  Object.keys((await consul.get("/v1/catalog/services", catalog)) ?? {});
