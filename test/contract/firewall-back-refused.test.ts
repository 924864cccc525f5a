import { expect, test } from "vitest";
import { sealIn } from "../../bot/domain/firewall/sealed-keys.ts";
import { Failure } from "../../bot/errors.ts";
import type { Firewall, Journal } from "../../bot/operations/firewall/ports.ts";
import { anOpening, approved, hosts } from "../support/firewall-requests.ts";
import { workOff } from "../support/firewall-work.ts";
import { idleFirewall, keptKeys } from "../support/idle-firewall.ts";
import { aStore } from "../support/renewal-fixtures.ts";

const ahead = "revision 1 is older than revision 9999999999999, which was put into force already";

/** A Consul that keeps, and a CTS that plans what stands there and never applies it. */
function refusingFirewall(rulesOfRouter: () => string[]) {
  const rules = keptKeys();
  const revision = async () =>
    sealIn(Object.fromEntries(Object.entries(await rules.read()).map(([key, { value }]) => [key, value])))?.revision;
  let journal: Journal | null = null;
  let enabled = false;
  const idle = idleFirewall(rules, {
    prepare: async () => {},
    inspect: async () => ({ changes: true, plan: `      ~ revision = 0 -> ${await revision()}` }),
    async run() {
      enabled = true;
      throw new Failure("cts-refused", `CTS did not do it: Refused: ${ahead}. Nothing was changed.`, "Look.");
    },
    disable: async () => void (enabled = false),
    state: async () => ({ enabled, error: null }),
  });
  const firewall: Firewall = {
    ...idle,
    gate: {
      take: async () => ({
        left: journal,
        lost: new AbortController().signal,
        write: async (next) => void (journal = next),
        [Symbol.asyncDispose]: async () => {},
      }),
    },
    addresses: async () => [hosts.database],
    probers: {
      ...idle.probers,
      grant: async () => {},
      revoke: async () => {},
      try: async () => ({ outcome: "silent", why: null }),
    },
    router: {
      ruleset: async () => ({ digest: "0".repeat(64), counters: {}, rules: rulesOfRouter(), gaps: [], aside: [] }),
    },
  };
  return { firewall, journal: () => journal };
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
    const { firewall, journal } = refusingFirewall(() => router(id));
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
    expect(await firewall.rules.read()).toEqual({});
    expect(journal()).toBeNull();
    expect(await firewall.task.state()).toMatchObject({ enabled: false });
    expect(await store.jobs.claim("other", now + 600_000, 1_000)).toBeNull();
  },
);
