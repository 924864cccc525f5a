import { createHash } from "node:crypto";
import { z } from "zod";

// What `nft -j list ruleset` prints, and what is told of the table inet certops in it: nomad/firewall/README.md.

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
  /** By what everything may pass, whatever the rules say. */
  gaps: Gap[];
  /** The other tables that let through or redirect, each with what it does. They are nobody's here, and are only told. */
  aside: Aside[];
  /** What no rule let through; null: nothing counts it. */
  dropped: Counted | null;
  /** What belonged to flows whose rule has gone; null: nothing counts it. */
  ended: Counted | null;
}

/** `no-table`: it is gone. `no-drop`: it no longer drops what no rule lets through. `accepts`: by none of the rules. */
export type Gap = "no-table" | "no-drop" | "accepts";

export interface Aside {
  /** `ip nat` */
  table: string;
  /** `accept`, `dnat`, … */
  does: string[];
  /** Of the rules that do it: SHA-256 in hex. */
  digest: string;
}

const listing = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });
const counter = z.object({ counter: z.object({ name: z.string(), packets: z.int(), bytes: z.int() }) });
const rule = z.object({
  rule: z.object({ chain: z.string(), expr: z.array(z.record(z.string(), z.unknown())) }),
});
type Rule = z.infer<typeof rule>["rule"];
const countedBy = z.object({ counter: z.string() });

const prefix = "rule-";

/** Throws where it is not nft's JSON. */
export function tableState(printed: string): TableState {
  const all = listing.parse(JSON.parse(printed)).nftables.filter((entry) => !("metainfo" in entry));
  const { own: entries = [], other = [] } = Object.groupBy(all, (entry) => (tableOf(entry) === ours ? "own" : "other"));
  const counted = entries.flatMap((entry) =>
    "counter" in entry ? (counter.safeParse(entry).data?.counter ?? []) : [],
  );
  const named = (name: string): Counted | null => {
    const found = counted.find((one) => one.name === name);
    return found === undefined ? null : { packets: found.packets, bytes: found.bytes };
  };
  const rules = rulesIn(entries);
  return {
    digest: digestOf(entries),
    counters: Object.fromEntries(
      counted.flatMap(({ name, packets, bytes }) => (isOfRule(name) ? [[idOf(name), { packets, bytes }]] : [])),
    ),
    rules: [...new Set(rules.filter(({ chain }) => chain === "flows").flatMap(ruleIn))].toSorted(),
    gaps: gapsIn(entries, rules),
    aside: asideIn(other),
    dropped: named("dropped"),
    ended: named("ended"),
  };
}

// Of a thousand rules there are thousands of entries: none is parsed as what it surely is not.
const rulesIn = (entries: Record<string, unknown>[]): Rule[] =>
  entries.flatMap((entry) => ("rule" in entry ? (rule.safeParse(entry).data?.rule ?? []) : []));

const ours = "inet certops";
const placed = z.object({ family: z.string(), name: z.string().optional(), table: z.string().optional() });

/** `inet certops` of the table itself and of everything in it. */
function tableOf(entry: Record<string, unknown>): string | null {
  const [[kind, inner] = []] = Object.entries(entry);
  const { data } = placed.safeParse(inner);
  return data === undefined ? null : `${data.family} ${kind === "table" ? data.name : data.table}`;
}

const dropping = z.object({
  chain: z.object({ type: z.literal("filter"), hook: z.literal("forward"), policy: z.literal("drop") }),
});

function gapsIn(entries: Record<string, unknown>[], rules: Rule[]): Gap[] {
  if (!entries.some((entry) => "table" in entry)) return ["no-table"];
  const accepting = rules.filter(({ expr }) => expr.some((part) => "accept" in part));
  return [
    ...(entries.some((entry) => "chain" in entry && dropping.safeParse(entry).success) ? [] : ["no-drop" as const]),
    ...(accepting.every((rule) => ruleIn(rule).length > 0) ? [] : ["accepts" as const]),
  ];
}

/** What takes a packet past the rules, or leads it elsewhere. */
const verbs = ["accept", "dnat", "redirect", "tproxy", "fwd", "flow", "notrack"];

function asideIn(entries: Record<string, unknown>[]): Aside[] {
  const doing = entries.flatMap((entry) => {
    const does = rulesIn([entry]).flatMap(({ expr }) => expr.flatMap((part) => verbs.filter((verb) => verb in part)));
    return does.length === 0 ? [] : [{ table: tableOf(entry) ?? "", does, entry }];
  });
  return Object.entries(Object.groupBy(doing, ({ table }) => table))
    .map(([table, rules = []]) => ({
      table,
      does: [...new Set(rules.flatMap(({ does }) => does))].toSorted(),
      digest: digestOf(rules.map(({ entry }) => entry)),
    }))
    .toSorted((a, b) => (a.table < b.table ? -1 : 1));
}

const isOfRule = (name: string) => name.startsWith(prefix);
const idOf = (name: string) => name.slice(prefix.length);

/** The id of the rule that lets this flow through and counts it; none where it does not do both. */
function ruleIn({ expr }: Rule): string[] {
  if (!expr.some((part) => "accept" in part)) return [];
  return expr.flatMap((part) => {
    const { data } = "counter" in part ? countedBy.safeParse(part) : {};
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
