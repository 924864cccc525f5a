import { describe, expect, test } from "vitest";
import { notices } from "../../bot/adapters/store/notices.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import { watchDrift } from "../../bot/operations/firewall/watch-drift.ts";
import { eventually } from "../../lab/eventually.ts";
import { approved, aRule, hosts } from "../support/firewall-requests.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { workOff } from "../support/firewall-work.ts";
import { watchNft } from "../support/nft-watch.ts";
import { toldIn } from "../support/told.ts";

const stage = firewallStage();
const badPort = { first: 7000, last: 7000 };
const evil = aRule({ from: { cidrs: ["0.0.0.0/0"] }, ports: badPort });

/** Puts these into Consul, as somebody would who may write there. */
async function put(keys: Record<string, string>): Promise<void> {
  for (const [key, value] of Object.entries(keys)) await stage.world.smuggle(key, value);
}

/** Rules under a seal that fits them. */
const forge = (rules: Record<string, FirewallRule>) =>
  sealedKeys(rules, { services: { database: [hosts.database] }, revision: Date.now() + 60_000 });

describe("what was not approved", () => {
  test("a key that stands in Consul is named, nothing is applied, and the channel is told once", async () => {
    await stage.world.smuggle("firewall/rules/evil", Buffer.from(JSON.stringify(aRule())).toString("base64"));
    const problem = 'Consul holds what nobody approved: "firewall/rules/evil". Nothing was applied.';
    for (const ports of [badPort, { first: 5432, last: 5432 }]) {
      const id = await stage.open({ ports });
      expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([
        { state: "failed", receipt: { problem, revision: null } },
      ]);
    }
    expect(Object.keys(await stage.world.keys())).toEqual(["firewall/rules/evil"]);
    expect(await toldIn(stage.store, "alert")).toMatchObject([
      { type: "firewall-smuggled", keys: ["firewall/rules/evil"], over: null },
    ]);
    await stage.expectAsApproved();

    await stage.world.smuggle("firewall/rules/evil", null);
    await stage.opened();
    expect(await toldIn(stage.store, "notice")).toMatchObject([
      { type: "firewall-smuggled", over: expect.any(Number) },
    ]);
  });

  test.each([
    {
      what: "a key",
      when: "before it is inspected",
      forged: false,
      meddle: (smuggle: () => Promise<void>) => ({
        inspect: async (signal: AbortSignal) => (await smuggle(), stage.world.firewall.task.inspect(signal)),
      }),
      state: "failed",
    },
    {
      what: "a key with a seal of its own",
      when: "between the inspection and the run",
      forged: true,
      meddle: (smuggle: () => Promise<void>) => ({
        run: async (signal: AbortSignal) => (await smuggle(), stage.world.firewall.task.run(signal)),
      }),
      state: "rolled-back",
    },
  ])("$what smuggled in $when is never in nft, not for a moment", async ({ meddle, forged, state }) => {
    const former = await stage.opened();
    const before = await enforced(stage.world.place.enter);
    await using nft = await watchNft(stage.inRouter);
    let smuggled = false;
    const smuggle = async () => {
      if (smuggled) return;
      smuggled = true;
      const keys = forge({ [former]: aRule(), [id]: aRule({ ports: other }), evil });
      await put(forged ? keys : { "firewall/rules/evil": keys["firewall/rules/evil"] ?? "" });
    };
    const other = { first: 5431, last: 5431 };
    const id = await stage.open({ ports: other });
    const [ended] = await workOff(stage.store, stage.meddled(meddle(smuggle)), [id]);
    expect(ended).toMatchObject({ state });
    expect(ended?.receipt?.problem).toContain('Consul holds what nobody approved: "firewall/rules/evil"');
    // Left for a person to see, unless the rules from before had to be put over it.
    expect("firewall/rules/evil" in (await stage.world.keys())).toBe(state === "failed");
    expect(await toldIn(stage.store, "alert")).toMatchObject([
      { type: "firewall-smuggled", keys: ["firewall/rules/evil"], ...(forged && { changed: ["firewall/seal"] }) },
    ]);
    expect(await nft.seen()).not.toContain("evil");
    expect(await enforced(stage.world.place.enter)).toEqual(before);
    await stage.expectAsApproved();
  });

  test("a rule smuggled in with a seal of its own is not in the delta: refused before the run", async () => {
    let smuggled = false;
    const inspect = async (signal: AbortSignal) => {
      if (!smuggled) {
        smuggled = true;
        const keys = sealedKeys({ [id]: aRule(), evil }, { services: { database: [hosts.database] }, revision: 1 });
        for (const [key, value] of Object.entries(keys)) await stage.world.smuggle(key, value);
      }
      return stage.world.firewall.task.inspect(signal);
    };
    const id = await stage.open();
    const [ended] = await workOff(stage.store, stage.meddled({ inspect }), [id]);
    expect(ended).toMatchObject({ state: "failed" });
    for (const key of ["firewall/rules/evil", "firewall/seal"]) {
      expect(ended?.receipt?.problem).toContain(JSON.stringify(key));
    }
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    await stage.expectAsApproved();
  });

  test("a plan that does more than was approved is not run, and what it would do besides is named", async () => {
    const { task } = stage.world.firewall;
    let runs = 0;
    const inspect = async (signal: AbortSignal) => {
      const { changes, plan } = await task.inspect(signal);
      const more = '$&\n$1+ f-evilevil = "tcp from 0.0.0.0/0 to database port 7000"';
      return { changes, plan: plan.replace(/^( *)\+ f-[a-z2-7]{8} = ".*"/m, more) };
    };
    const run = (signal: AbortSignal) => {
      runs += 1;
      return task.run(signal);
    };
    const [ended] = await workOff(stage.store, stage.meddled({ inspect, run }), [await stage.open()], {
      limits: { planMs: 1_500 },
    });
    expect(ended).toMatchObject({ state: "failed" });
    expect(ended?.receipt?.problem).toContain(
      "rule f-evilevil: tcp from 0.0.0.0/0 to database port 7000 in place of nothing",
    );
    expect(runs).toBe(0);
    expect(await stage.world.keys()).toEqual({});
    await stage.expectAsApproved();
  });

  test("a rule that no asking would let through is not written, whoever put it into the stage.store", async () => {
    const id = await stage.open({ to: { cidrs: ['10.0.0.0/8" }'] } });
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([
      { state: "failed", receipt: { problem: expect.stringContaining("is no network") } },
    ]);
    expect(await stage.world.keys()).toEqual({});
  });

  test("a service that moved since the approval: void, and nothing was written", async () => {
    const id = await stage.open();
    await stage.world.register("database", ["10.81.3.3"]);
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([
      {
        state: "void",
        receipt: {
          problem: "It moved since it was approved: database is at 10.81.3.3 now, and was at 10.81.3.2.",
          revision: null,
        },
      },
    ]);
    expect(await stage.world.keys()).toEqual({});
  });

  test("a service that moves between the inspection and the run: nothing of it is applied", async () => {
    const id = await stage.open();
    const run = async (signal: AbortSignal) => {
      await stage.world.register("database", ["10.81.3.3"]);
      // CTS looks at the catalog again when a key has changed.
      return stage.world.firewall.task.run(signal);
    };
    const [ended] = await workOff(stage.store, stage.meddled({ run }), [id], { limits: { provenMs: 500 } });
    expect(ended?.state).toMatch(/^(applied|rolled-back)$/);
    await stage.expectAsApproved();
  });
});

describe("while the task is enabled for a run, and CTS applies whatever it hears of", () => {
  /** The task's run, and what somebody does before it is disabled again: one after the other, until CTS has refused it so. */
  const meddledAfter = (...deeds: [deed: () => Promise<void>, refusal: RegExp][]) =>
    stage.meddled({
      async run(signal) {
        await stage.world.firewall.task.run(signal);
        const told = async () => ((await stage.world.firewall.task.state())?.error ?? "").replace(/[\s│]+/g, " ");
        for (const [deed, refusal] of deeds) {
          await deed();
          await eventually(
            `CTS to refuse it: ${refusal}`,
            async () => (refusal.test(await told()) ? true : null),
            AbortSignal.timeout(30_000),
          );
        }
      },
    });

  const look = () =>
    watchDrift(
      {
        firewall: stage.world.firewall,
        requests: stage.store.requests,
        notices: notices(stage.store.db.withTables()),
        clock: Date.now,
      },
      AbortSignal.timeout(60_000),
    );

  test("neither a rule under a forged seal is ever in nft nor a closed one under the seal that it once had: both are told", async () => {
    const opening = await stage.open();
    let once: Record<string, string> = {};
    const run = async (signal: AbortSignal) => {
      once = await stage.world.keys();
      await stage.world.firewall.task.run(signal);
    };
    expect(await workOff(stage.store, stage.meddled({ run }), [opening])).toMatchObject([{ state: "applied" }]);
    expect(Object.keys(once)).toEqual([`firewall/rules/${opening}`, "firewall/seal", "firewall/signature"]);

    const firewall = meddledAfter(
      [
        () => put(forge({ [opening]: aRule(), evil })),
        /Refused: revision \d+ is not signed by the key of this task\. Nothing was changed\./,
      ],
      [
        async () => {
          await stage.world.smuggle("firewall/rules/evil", null);
          await put(once);
        },
        /Refused: revision \d+ is older than revision \d+, which was put into force already/,
      ],
    );
    const id = await approved(stage.store, { action: "close", ruleId: opening, rule: aRule() });
    await using nft = await watchNft(stage.inRouter);
    expect(await workOff(stage.store, firewall, [id])).toMatchObject([{ state: "applied" }]);
    const seen = await nft.seen();
    expect(seen).toContain("delete rule inet certops flows");
    expect(seen).not.toContain("add rule inet certops flows");
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    await stage.expectAsApproved();
    await look();
    const keys = [`firewall/rules/${opening}`, "firewall/signature"];
    expect(await toldIn(stage.store, "alert")).toMatchObject([
      { type: "firewall-smuggled", keys, changed: ["firewall/seal"] },
    ]);
  });

  test("garbage in the signature's place marks Terraform's state alone: the next change takes the mark away, and applies what was approved for it", async () => {
    const former = await stage.opened();
    const [keys, before] = [await stage.world.keys(), await enforced(stage.world.place.enter)];
    const { task } = stage.world.firewall;
    const soon = () => AbortSignal.timeout(30_000);
    await put({ ...forge({ [former]: aRule(), evil }), "firewall/signature": "bm9uc2Vuc2U=" });
    const refused = async () => task.run(soon()).then(() => null, String);
    await eventually(
      "CTS to refuse it",
      async () => (/not signed by the\s+│?\s*key/.test((await refused()) ?? "") ? true : null),
      soon(),
    );
    await task.disable(soon());
    expect(await enforced(stage.world.place.enter)).toEqual(before);
    // Who did it leaves no trace in Consul.
    await put(keys);
    for (const key of ["firewall/rules/evil", "firewall/signature"]) await stage.world.smuggle(key, null);
    const planned = async () => (await task.inspect(soon())).plan;
    await eventually(
      "the mark to be planned",
      async () => ((await planned()).includes("is tainted, so must be replaced") ? true : null),
      soon(),
    );

    await using nft = await watchNft(stage.inRouter);
    const id = await stage.open({ ports: badPort });
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([
      { state: "applied", receipt: { problem: null } },
    ]);
    expect(await nft.seen()).not.toContain("evil");
    await stage.expectAsApproved();
    expect(await planned()).toContain("No changes.");
  });
});
