import { z } from "zod";
import { askIdentity, identityNow } from "../identity-now.ts";
import { type LabState, zonedInstanceSchema, firewallSchema, type ZonedInstance } from "../state.ts";
import type { Child } from "../supervise.ts";
import { readRouter } from "./counters.ts";
import { routedRuleSchema } from "./flows.ts";
import type { Namespaces } from "./namespaces.ts";
import { hostChild } from "./open-hosts.ts";
import type { Call } from "./watched-call.ts";

const zonedStatusSchema = zonedInstanceSchema
  .pick({
    service: true,
    instance: true,
    host: true,
    port: true,
    serverName: true,
    on: true,
    address: true,
    servesAt: true,
  })
  .extend(identityNow);

export const firewallStatusSchema = firewallSchema.pick({ hosts: true, cts: true }).extend({
  services: z.array(zonedStatusSchema),
  /** The latest call of each instance of service-a to service-b; `cause` in the words of its page. */
  calls: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      outcome: z.enum(["open", "failed"]),
      cause: z.string().nullable(),
      at: z.number(),
    }),
  ),
  router: z.object({
    pid: z.number().nullable(),
    /** By name: `rule-<id>`, `ended`, `dropped`; null when they cannot be read. */
    counters: z.record(z.string(), z.object({ packets: z.number(), bytes: z.number() })).nullable(),
    /** What stands in it now; null like the counters. */
    rules: z.array(routedRuleSchema).nullable(),
  }),
});

export type FirewallStatus = z.infer<typeof firewallStatusSchema>;

/** Never rejects: what does not answer is told as such. */
export async function firewallStatus(of: {
  state: LabState;
  network: Namespaces;
  children: readonly Child[];
  calls: readonly (Call | null)[];
}): Promise<FirewallStatus | null> {
  const { firewall } = of.state;
  if (firewall === null) return null;
  const pidOn = (host: string) => of.children.find(({ name }) => name === hostChild(host))?.pid ?? null;
  const [router, ...services] = await Promise.all([
    readRouter(of.network).catch(() => null),
    ...firewall.services.map(zonedStatus),
  ]);
  return {
    hosts: firewall.hosts.map((host) => ({ ...host, pid: pidOn(host.name) })),
    cts: firewall.cts,
    services,
    calls: of.calls.filter((call) => call !== null),
    router: { pid: pidOn("router"), counters: router?.counters ?? null, rules: router?.rules ?? null },
  };
}

async function zonedStatus(of: ZonedInstance): Promise<FirewallStatus["services"][number]> {
  const { service, instance, host, port, serverName, on, address, servesAt } = of;
  return { service, instance, host, port, serverName, on, address, servesAt, ...(await askIdentity(of)) };
}
