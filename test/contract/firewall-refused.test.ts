import { describe, expect, test } from "vitest";
import { sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import { aRule, hosts } from "../support/firewall-requests.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { workOff } from "../support/firewall-work.ts";
import { toldIn } from "../support/told.ts";

const stage = firewallStage();
const badPort = { first: 7000, last: 7000 };

describe("what was not approved", () => {
  const foreign = (id: string) => [`firewall/rules/${id}`, "firewall/seal"];

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
      when: "before it is inspected",
      meddle: (smuggle: () => Promise<void>) => ({
        inspect: async (signal: AbortSignal) => (await smuggle(), stage.world.firewall.task.inspect(signal)),
      }),
      state: "failed",
    },
    {
      when: "between the inspection and the run",
      meddle: (smuggle: () => Promise<void>) => ({
        run: async (signal: AbortSignal) => (await smuggle(), stage.world.firewall.task.run(signal)),
      }),
      state: "rolled-back",
    },
  ])("a key smuggled in $when never reaches the router", async ({ meddle, state }) => {
    await stage.opened();
    const before = await enforced(stage.world.place.enter);
    let smuggled = false;
    const smuggle = async () => {
      if (smuggled) return;
      smuggled = true;
      await stage.world.smuggle(
        "firewall/rules/evil",
        Buffer.from(JSON.stringify(aRule({ ports: badPort }))).toString("base64"),
      );
    };
    const id = await stage.open({ ports: { first: 5431, last: 5431 } });
    const [ended] = await workOff(stage.store, stage.meddled(meddle(smuggle)), [id]);
    expect(ended).toMatchObject({ state });
    expect(ended?.receipt?.problem).toContain('Consul holds what nobody approved: "firewall/rules/evil".');
    // Left for a person to see, unless the rules from before had to be put over it.
    expect("firewall/rules/evil" in (await stage.world.keys())).toBe(state === "failed");
    expect(await toldIn(stage.store, "alert")).toMatchObject([
      { type: "firewall-smuggled", keys: ["firewall/rules/evil"] },
    ]);
    expect(await enforced(stage.world.place.enter)).toEqual(before);
    await stage.expectAsApproved();
  });

  test("a rule smuggled in with a seal of its own is not in the delta: refused before the run", async () => {
    const evil = aRule({ ports: badPort });
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
    for (const key of foreign("evil")) expect(ended?.receipt?.problem).toContain(JSON.stringify(key));
    expect(await enforced(stage.world.place.enter)).toEqual([]);
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
