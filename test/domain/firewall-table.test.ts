import { describe, expect, test } from "vitest";
import { tableState } from "../../services/firewall/table.ts";
import recorded from "../support/nft-table.json" with { type: "json" };

/** What nft 1.0.6 printed of one rule, `f-abc`, from a network to a service with two addresses. */
type Listing = typeof recorded;
type Entry = Listing["nftables"][number];

const state = (listing: object = recorded) => tableState(JSON.stringify(listing));
const { digest } = state();

/** The same listing with that done to a copy of each entry. */
function changed(change: (entry: Entry) => unknown): object {
  return { nftables: structuredClone(recorded.nftables).flatMap((entry) => change(entry) ?? []) };
}

const isRuleOf = (entry: Entry, chain: string) => "rule" in entry && entry.rule?.chain === chain;
const without = (chain: string) => changed((entry) => (isRuleOf(entry, chain) ? null : entry));

describe("what a table tells", () => {
  test("the rules that let flows through, and what each of the counters counted", () => {
    const counted = changed((entry) => {
      if ("counter" in entry && entry.counter) Object.assign(entry.counter, { packets: 7, bytes: 420 });
      return entry;
    });
    const seven = { packets: 7, bytes: 420 };
    expect(state(counted)).toEqual({
      digest,
      counters: { "f-abc": seven },
      rules: ["f-abc"],
      gaps: [],
      aside: [],
      dropped: seven,
      ended: seven,
    });
  });

  test("no table: nothing is let through, and it is not the digest of any table", () => {
    const none = state({ nftables: [] });
    expect(none).toMatchObject({ counters: {}, rules: [], gaps: ["no-table"], dropped: null, ended: null });
    expect(none.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(none.digest).not.toBe(digest);
  });

  test.each<[string, (entry: Entry) => unknown, string[]]>([
    ["drops nothing any more", (entry) => replaced(entry, '"policy":"drop"', '"policy":"accept"'), ["no-drop"]],
    ["has lost its chain", (entry) => ("chain" in entry ? null : entry), ["no-drop"]],
    ["accepts besides", (entry) => (isRuleOf(entry, "flows") ? [entry, uncounted(entry)] : entry), ["accepts"]],
  ])("a table that %s has a gap", (_what, change, gaps) => {
    expect(state(changed(change)).gaps).toEqual(gaps);
  });

  test("what another table lets through or redirects is beside it, and changes nothing of its digest", () => {
    const rule = (expr: object[]) => ({ rule: { family: "ip", table: "nat", chain: "prerouting", handle: 3, expr } });
    const other = (...rules: object[]) => state({ nftables: [...recorded.nftables, ...rules] });
    const dnat = rule([{ match: {} }, { dnat: { addr: "10.81.3.9" } }]);
    const { aside, digest: same, gaps } = other(dnat, rule([{ counter: {} }, { drop: null }]));
    expect({ same, gaps }).toEqual({ same: digest, gaps: [] });
    expect(aside).toEqual([{ table: "ip nat", does: ["dnat"], digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    const more = other(dnat, rule([{ accept: null }])).aside;
    expect(more).toMatchObject([{ table: "ip nat", does: ["accept", "dnat"] }]);
    expect(more[0]?.digest).not.toBe(aside[0]?.digest);
  });

  test("a counter whose rule was flushed is there, and its rule is not", () => {
    const flushed = state(without("flows"));
    expect(flushed.counters).toHaveProperty("f-abc");
    expect(flushed.rules).toEqual([]);
  });

  test("a flow that is counted and not let through is no rule, nor is one that is let through and not counted", () => {
    for (const missing of ["accept", "counter"]) {
      const less = changed((entry) => {
        if (isRuleOf(entry, "flows") && entry.rule) {
          const expr = entry.rule.expr.filter((part) => !(missing in part));
          Object.assign(entry.rule, { expr });
        }
        return entry;
      });
      expect(state(less).rules).toEqual([]);
    }
  });

  test.each(["", "[]", "{}", '{"nftables": 3}'])(
    "what is not nft's JSON (%j) throws, and is no empty table",
    (printed) => {
      expect(() => tableState(printed)).toThrow(/./);
    },
  );
});

describe("the digest", () => {
  test("is of what is enforced: not of counts, handles or the order in which a set was filled", () => {
    const same = changed((entry) => {
      for (const object of Object.values(entry)) if ("handle" in object) object.handle += 40;
      if ("counter" in entry && entry.counter) entry.counter.packets += 1;
      if ("set" in entry && entry.set) entry.set.elem.reverse();
      return entry;
    });
    expect(state(same).digest).toBe(digest);
    const { nftables } = recorded;
    const declared = nftables.filter((entry) => !("rule" in entry));
    const rules = nftables.filter((entry) => "rule" in entry);
    expect(state({ nftables: [...declared.toReversed(), ...rules] }).digest).toBe(digest);
  });

  const edits: [what: string, edit: (entry: Entry) => unknown][] = [
    ["a rule is gone", (entry) => (isRuleOf(entry, "flows") ? null : entry)],
    ["a rule stands twice", (entry) => (isRuleOf(entry, "flows") ? [entry, entry] : entry)],
    ["an address was added to a set", (entry) => ("set" in entry && entry.set?.elem.push("10.81.3.9"), entry)],
    ["packets pass where no rule says anything", (entry) => replaced(entry, '"policy":"drop"', '"policy":"accept"')],
    ["another port is let through", (entry) => replaced(entry, "8444", "8445")],
    ["the table sleeps", (entry) => replaced(entry, '"name":"certops"', '"name":"certops","flags":"dormant"')],
    ["what has ended is answered otherwise", (entry) => replaced(entry, '"tcp reset"', '"icmpx"')],
  ];
  test.each(edits)("differs when %s", (_what, edit) => {
    expect(state(changed(edit)).digest).not.toBe(digest);
  });

  test("differs when rules stand in another order", () => {
    const { nftables } = recorded;
    expect(state({ nftables: nftables.toReversed() }).digest).not.toBe(digest);
  });
});

function uncounted(entry: Entry): unknown {
  return JSON.parse(JSON.stringify(entry, (key, value: unknown) => (key === "counter" ? undefined : value)));
}

function replaced(entry: Entry, part: string, by: string): unknown {
  return JSON.parse(JSON.stringify(entry).replace(part, by));
}
