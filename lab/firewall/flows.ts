import { z } from "zod";

/** One end of what the router lets through: as addresses and networks, and by its name where it is a service. */
const endSchema = z.object({ service: z.string().nullable(), addresses: z.array(z.string()) });

/** A rule as it stands in the router now, put together from the flows that count by it. */
export const routedRuleSchema = z.object({
  id: z.string(),
  from: endSchema,
  to: endSchema,
  protocol: z.string(),
  ports: z.object({ first: z.number(), last: z.number() }),
});

export type RoutedRule = z.infer<typeof routedRuleSchema>;

const place = z.union([
  z.string(),
  z
    .object({ prefix: z.object({ addr: z.string(), len: z.number() }) })
    .transform(({ prefix }) => `${prefix.addr}/${prefix.len}`),
]);
const ports = z.union([
  z.number().transform((only) => ({ first: only, last: only })),
  z.object({ range: z.tuple([z.number(), z.number()]) }).transform(({ range: [first, last] }) => ({ first, last })),
]);
const named = z.object({ key: z.string() });
const partSchema = z.object({
  match: z.object({ left: z.object({ ct: named.optional(), meta: named.optional() }), right: z.unknown() }).optional(),
  counter: z.string().optional(),
  accept: z.null().optional(),
});

/** An entry of what nft prints, as far as it says what is let through. */
export const entrySchema = z.object({
  set: z.object({ name: z.string(), elem: z.array(z.string()).default([]) }).optional(),
  rule: z.object({ chain: z.string(), expr: z.array(z.unknown()) }).optional(),
});

type Entry = z.infer<typeof entrySchema>;
type End = RoutedRule["from"];
type Sets = ReadonlyMap<string, string[]>;

/** What the module's table lets through. What is no flow of the module's form is left out. */
export function rulesIn(entries: readonly Entry[]): RoutedRule[] {
  const sets: Sets = new Map(entries.flatMap(({ set }) => (set === undefined ? [] : [[set.name, set.elem]])));
  const rules = new Map<string, RoutedRule>();
  for (const { rule } of entries) {
    const flow = rule?.chain === "flows" ? flowOf(rule.expr, sets) : null;
    if (flow === null) continue;
    const before = rules.get(flow.id) ?? flow;
    rules.set(flow.id, { ...before, from: both(before.from, flow.from), to: both(before.to, flow.to) });
  }
  return [...rules.values()];
}

const PREFIX = "rule-";

function flowOf(expr: unknown[], sets: Sets): RoutedRule | null {
  const parts = expr.flatMap((part) => partSchema.safeParse(part).data ?? []);
  const wanted = new Map(parts.flatMap(({ match }) => (match === undefined ? [] : [[keyOf(match.left), match.right]])));
  const counter = parts.find((part) => part.counter?.startsWith(PREFIX))?.counter;
  const from = place.safeParse(wanted.get("ip saddr")).data;
  const to = place.safeParse(wanted.get("ip daddr")).data;
  const through = ports.safeParse(wanted.get("proto-dst")).data;
  const protocol = z.string().safeParse(wanted.get("l4proto")).data;
  const accepts = parts.some(({ accept }) => accept === null);
  if (!counter || !from || !to || !through || !protocol || !accepts) return null;
  return { id: counter.slice(PREFIX.length), from: endOf(from, sets), to: endOf(to, sets), protocol, ports: through };
}

const keyOf = ({ ct, meta }: { ct?: { key: string } | undefined; meta?: { key: string } | undefined }) =>
  (ct ?? meta)?.key;

const SET = "@service-";

function endOf(place: string, sets: Sets): End {
  if (!place.startsWith(SET)) return { service: null, addresses: [place] };
  return { service: place.slice(SET.length), addresses: sets.get(place.slice(1)) ?? [] };
}

const both = (one: End, other: End): End => ({
  service: one.service,
  addresses: [...new Set([...one.addresses, ...other.addresses])],
});
