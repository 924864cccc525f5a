import { z } from "zod";
import { entrySchema, type RoutedRule, rulesIn } from "./flows.ts";
import type { Namespaces } from "./namespaces.ts";

/** Packets and bytes by a counter's name in the module's table: `rule-<id>`, `ended`, `dropped`. */
type Counters = Record<string, { packets: number; bytes: number }>;

const listing = z.object({
  nftables: z.array(
    entrySchema.extend({
      counter: z.object({ name: z.string(), packets: z.number(), bytes: z.number() }).optional(),
    }),
  ),
});

/** What the router lets through now, and as it counts now. */
export async function readRouter(network: Namespaces): Promise<{ counters: Counters; rules: RoutedRule[] }> {
  const printed = await network.script("nft -j list table inet certops", "router");
  const { nftables } = listing.parse(JSON.parse(printed));
  return {
    counters: Object.fromEntries(
      nftables.flatMap(({ counter }) =>
        counter === undefined ? [] : [[counter.name, { packets: counter.packets, bytes: counter.bytes }]],
      ),
    ),
    rules: rulesIn(nftables),
  };
}
