import type { Firewall, HeldKey, RuleKeys } from "../../bot/operations/firewall/ports.ts";
import { aFirewallPolicy } from "./firewall-requests.ts";

/** Keys under firewall/ that nobody else writes. */
export function keptKeys(): RuleKeys {
  const kept = new Map<string, HeldKey>();
  return {
    read: async () => Object.fromEntries(kept),
    async write({ set, remove }) {
      for (const { key, value, index } of set) kept.set(key, { value, index: index + 1 });
      for (const { key } of remove) kept.delete(key);
      return true;
    },
  };
}

/** A firewall of keys and a task alone: nothing of it is tried, and nobody takes its gate anew. */
export function idleFirewall(rules: RuleKeys, task: Firewall["task"]): Firewall {
  const unused = () => Promise.reject(new Error("nothing is tried here"));
  return {
    policy: aFirewallPolicy(),
    rules,
    gate: { take: unused },
    sign: () => "a signature",
    task,
    addresses: async () => [],
    hosts: async () => [],
    probers: { grant: unused, revoke: unused, try: unused, hold: unused },
    router: null,
  };
}
