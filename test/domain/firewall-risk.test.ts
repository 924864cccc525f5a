import { describe, expect, test } from "vitest";
import { riskOf } from "../../bot/domain/firewall/risk.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { addresses, aFirewallPolicy, aRule, dayMs } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const risk = (changes: Partial<FirewallRule> = {}, until: number | null = t0 + 90 * dayMs) =>
  riskOf(aFirewallPolicy(), { rule: aRule(changes), until, addresses, now: t0 });

describe("the risk of a rule, in plain words", () => {
  test("one service to another on a port of its own is low, and says who reaches whom", () => {
    expect(risk()).toEqual({
      level: "low",
      words: [
        "Every instance of service-a (one address now, zone application) could open connections to every instance of service-b (one address now, zone database).",
      ],
    });
  });

  test.each<[string, Partial<FirewallRule>, number | null, "medium" | "high", string]>([
    [
      "a network",
      { from: { cidrs: ["10.81.2.0/24"] } },
      t0 + dayMs,
      "medium",
      "Whatever gets an address in that network later is let through as well.",
    ],
    [
      "a shell",
      { ports: { first: 22, last: 22 } },
      t0 + dayMs,
      "high",
      "Port 22 is usually SSH: a shell on that host.",
    ],
    [
      "data",
      { ports: { first: 5432, last: 5432 } },
      t0 + dayMs,
      "medium",
      "Port 5432 is usually PostgreSQL: the data itself.",
    ],
    [
      "a range",
      { ports: { first: 8000, last: 8009 } },
      t0 + dayMs,
      "medium",
      "10 ports open at once, also those that nothing listens on yet.",
    ],
    [
      "UDP",
      { protocol: "udp" },
      t0 + dayMs,
      "medium",
      "UDP has no handshake: that it is open shows in the router's counters alone, and senders can be forged.",
    ],
    [
      "somebody from outside",
      { from: { cidrs: ["10.81.4.2/32"] } },
      t0 + dayMs,
      "high",
      "Other people could call: it comes from the zone outside, which is not trusted.",
    ],
    [
      "an address of the internet",
      { from: { cidrs: ["198.51.100.7/32"] } },
      t0 + dayMs,
      "high",
      "Other people could call: it comes from 198.51.100.7, which is no private network.",
    ],
    [
      "the way out",
      { to: { cidrs: ["10.81.4.2/32"] } },
      t0 + dayMs,
      "medium",
      "What is inside could be carried out: it leads to the zone outside, which is not trusted.",
    ],
    ["no end", {}, null, "high", "It has no end: it stays open until somebody removes it."],
    ["a long time", {}, t0 + 200 * dayMs, "medium", "It stays open for 200 d."],
  ])("%s is said", (_, rule, until, level, words) => {
    const told = risk(rule, until);
    expect(told.level).toBe(level);
    expect(told.words).toContain(words);
  });

  test("the worst of it counts", () => {
    expect(risk({ ports: { first: 22, last: 30 } }, t0 + 200 * dayMs)).toMatchObject({ level: "high" });
  });
});
