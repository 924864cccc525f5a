import { createHash } from "node:crypto";
import { z } from "zod";

// What `nft -j list table inet certops` prints, and what is told of it: nomad/firewall/README.md.

export interface Counted {
  packets: number;
  bytes: number;
}

export interface TableState {
  /** SHA-256 in hex over the table without its counters' numbers; of nothing where there is no table. */
  digest: string;
  /** By a rule's id. */
  counters: Record<string, Counted>;
  /** Ids of the rules by which a flow may pass now: sorted. A counter alone lets nothing through. */
  rules: string[];
  /** What no rule let through; null: nothing counts it. */
  dropped: Counted | null;
  /** What belonged to flows whose rule has gone; null: nothing counts it. */
  ended: Counted | null;
}

const listing = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });
const counter = z.object({ counter: z.object({ name: z.string(), packets: z.int(), bytes: z.int() }) });
const flow = z.object({
  rule: z.object({ chain: z.literal("flows"), expr: z.array(z.record(z.string(), z.unknown())) }),
});
const countedBy = z.object({ counter: z.string() });

const prefix = "rule-";

/** `printed` null: there is no such table. Throws where it is not nft's JSON. */
export function tableState(printed: string | null): TableState {
  const entries =
    printed === null ? [] : listing.parse(JSON.parse(printed)).nftables.filter((entry) => !("metainfo" in entry));
  const counted = entries.flatMap((entry) => counter.safeParse(entry).data?.counter ?? []);
  const named = (name: string): Counted | null => {
    const found = counted.find((one) => one.name === name);
    return found === undefined ? null : { packets: found.packets, bytes: found.bytes };
  };
  const flows = entries.flatMap((entry) => flow.safeParse(entry).data?.rule ?? []);
  return {
    digest: digestOf(entries),
    counters: Object.fromEntries(
      counted.flatMap(({ name, packets, bytes }) => (isOfRule(name) ? [[idOf(name), { packets, bytes }]] : [])),
    ),
    rules: [...new Set(flows.flatMap(ruleIn))].toSorted(),
    dropped: named("dropped"),
    ended: named("ended"),
  };
}

const isOfRule = (name: string) => name.startsWith(prefix);
const idOf = (name: string) => name.slice(prefix.length);

/** The id of the rule that lets this flow through and counts it; none where it does not do both. */
function ruleIn({ expr }: { expr: Record<string, unknown>[] }): string[] {
  if (!expr.some((part) => "accept" in part)) return [];
  return expr.flatMap((part) => {
    const { data } = countedBy.safeParse(part);
    return data !== undefined && isOfRule(data.counter) ? [idOf(data.counter)] : [];
  });
}

/** Numbers that change with every packet, and those that the kernel gives anew when the same rule is put back. */
const passing = new Set(["packets", "bytes", "handle", "expires", "used"]);

/** The order of rules says what they do; that of counters, sets and their elements says nothing. */
function digestOf(entries: Record<string, unknown>[]): string {
  const stateless = (entry: unknown) =>
    JSON.stringify(entry, (key, value: unknown) => {
      if (passing.has(key)) return undefined;
      return key === "elem" && Array.isArray(value) ? value.map((one) => JSON.stringify(one)).toSorted() : value;
    });
  const rules = entries.filter((entry) => "rule" in entry).map(stateless);
  const others = entries.filter((entry) => !("rule" in entry)).map(stateless);
  return createHash("sha256")
    .update([...others.toSorted(), ...rules].join("\n"))
    .digest("hex");
}
