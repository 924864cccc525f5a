import { expect, test } from "vitest";
import { sealIn } from "../../bot/domain/firewall/sealed-keys.ts";
import { Failure } from "../../bot/errors.ts";
import type { Firewall, HeldKey, Journal, RuleKeys } from "../../bot/operations/firewall/ports.ts";
import { aFirewallPolicy, anOpening, approved, hosts } from "../support/firewall-requests.ts";
import { workOff } from "../support/firewall-work.ts";
import { aStore } from "../support/renewal-fixtures.ts";

const ahead = "revision 1 is older than revision 9999999999999, which was put into force already";

/** A Consul that keeps, and a CTS that plans what stands there and never applies it. */
function refusingFirewall(rulesOfRouter: () => string[]) {
  const kept = new Map<string, HeldKey>();
  const values = () => Object.fromEntries([...kept].map(([key, { value }]) => [key, value]));
  let journal: Journal | null = null;
  let enabled = false;
  const rules: RuleKeys = {
    read: async () => Object.fromEntries(kept),
    async write({ set, remove }) {
      for (const { key, value, index } of set) kept.set(key, { value, index: index + 1 });
      for (const { key } of remove) kept.delete(key);
      return true;
    },
  };
  const firewall: Firewall = {
    policy: aFirewallPolicy(),
    rules,
    gate: {
      take: async () => ({
        left: journal,
        lost: new AbortController().signal,
        write: async (next) => void (journal = next),
        [Symbol.asyncDispose]: async () => {},
      }),
    },
    sign: () => "a signature",
    task: {
      prepare: async () => {},
      inspect: async () => ({ changes: true, plan: `      ~ revision = 0 -> ${sealIn(values())?.revision}` }),
      async run() {
        enabled = true;
        throw new Failure("cts-refused", `CTS did not do it: Refused: ${ahead}. Nothing was changed.`, "Look.");
      },
      disable: async () => void (enabled = false),
      state: async () => ({ enabled, error: null }),
    },
    addresses: async () => [hosts.database],
    hosts: async () => [],
    probers: {
      grant: async () => {},
      revoke: async () => {},
      try: async () => ({ outcome: "silent", why: null }),
      hold: () => Promise.reject(new Error("nothing is held here")),
    },
    router: {
      ruleset: async () => ({ digest: "0".repeat(64), counters: {}, rules: rulesOfRouter(), gaps: [], aside: [] }),
    },
  };
  return { firewall, values, journal: () => journal };
}

test.each([
  { has: "nothing of it", router: () => [], told: "The router has the rules from before." },
  {
    has: "the rule",
    router: (id: string) => [id],
    told: "The router has f-.{8}: once that is mended, have the approved rules applied by Re-apply.",
  },
])(
  "what CTS refuses to take back while the router has $has is tried again for a while, and then ended and told",
  async ({ router, told }) => {
    const store = await aStore(Date.now);
    let now = Date.now();
    const id = await approved(store, anOpening());
    const { firewall, values, journal } = refusingFirewall(() => router(id));
    const tried: number[] = [];
    const begun = now;
    const [ended] = await workOff(store, firewall, [id], {
      limits: { patienceMs: 25_000, againMs: 1 },
      needs: {
        clock: () => now,
        onProblem() {
          tried.push(now - begun);
          now += 10_000;
        },
      },
    });
    expect(tried).toEqual([0, 10_000, 20_000]);
    expect(ended).toMatchObject({ state: "failed", receipt: { revision: null } });
    expect(ended?.receipt?.problem).toMatch(
      new RegExp(
        `did not apply it: ${ahead}\\. It could not be taken back: .* Where a clock ran ahead: nft delete set inet certops revision-9999999999999 on the router, .* ${told}$`,
      ),
    );
    const audited = (await store.audit.about(id)).find(({ action }) => action === "request.failed");
    expect(audited?.detail).toMatchObject({ problem: ended?.receipt?.problem });
    // As before it was approved, and nothing signed is left that could be applied.
    expect(values()).toEqual({});
    expect(journal()).toBeNull();
    expect(await firewall.task.state()).toMatchObject({ enabled: false });
    expect(await store.jobs.claim("other", now + 600_000, 1_000)).toBeNull();
  },
);
