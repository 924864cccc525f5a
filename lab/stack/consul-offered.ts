import { z } from "zod";
import type { Ask } from "./consul-api.ts";

const reply = z.array(z.object({ Service: z.object({ Tags: z.array(z.string()).nullable() }) }));

/**
 * Whether Consul sends callers to that instance: to itself, or `connect`: to its sidecar. Asked of the servers, which the
 * agent that checks it tells in its own time.
 */
export async function isOffered(
  ask: Ask,
  { service, instance }: { service: string; instance: string },
  as: "service" | "connect",
): Promise<boolean> {
  const passing = reply.parse(await ask("GET", `/v1/health/${as}/${service}?passing`));
  return passing.some(({ Service }) => Service.Tags?.includes(`instance=${instance}`));
}
