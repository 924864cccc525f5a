import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import type { steps } from "../../bot/domain/steps.ts";
import { endedRequests } from "../../bot/operations/firewall/in-force.ts";
import { standingKeys } from "../../bot/domain/firewall/foreign-keys.ts";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import type { ChildOrders } from "../support/firewall-child.ts";
import { anOpening, approved, firewallIn } from "../support/firewall-requests.ts";
import { approvedToBeEnforced, enforced, inRouter } from "../support/firewall-router.ts";
import { aFirewallWorld, type FirewallWorld, missingForFirewall } from "../support/firewall-world.ts";
import { runToHalt } from "../support/halt.ts";
import { timesAdded, watchNft } from "../support/nft-watch.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const missing = missingForFirewall();
let world: FirewallWorld;

beforeAll(async () => {
  if (missing === null) world = await aFirewallWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async (context) => {
  if (missing !== null) context.skip(missing);
  await world.startAnew();
});

const bot = (orders: ChildOrders) => runToHalt("./firewall-child.ts", orders);

const isEnforced = async () => (await enforced(world.place.enter)).length > 0;

async function expectAsApproved(file: string): Promise<void> {
  await using store = await openStore(file, Date.now);
  const ended = await endedRequests(store);
  expect(await enforced(world.place.enter)).toEqual(approvedToBeEnforced(ended));
  expect(await world.keys()).toEqual(standingKeys(rulesInForce(ended)));
  expect(await world.firewall.task.state()).toMatchObject({ enabled: false });
  expect(await store.audit.verify()).toBeNull();
  expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
}

/** The steps that are a firewall change's own; each request's first and last ones are in request-killed. */
type Own = Extract<(typeof steps)["firewall"][number], { in: "job" | "Consul" | "CTS" }>["step"];
type Back = Extract<Own, "taking-back">;
/** Whether the router has the rule at the kill; null: it may. Keys are taken twice: as a draft, and to be signed. */
const places: Record<Exclude<Own, Back> | "journal written" | "keys taken 2" | "running", boolean | null> = {
  started: false,
  "journal written": false,
  "keys taken": false,
  written: false,
  planned: false,
  "keys taken 2": false,
  running: null,
  applied: true,
  "in-force": true,
};
const placesBack: Record<Back | "keys taken 3" | "keys taken 4" | "applied 2", boolean> = {
  "taking-back": true,
  "keys taken 3": true,
  "keys taken 4": true,
  "applied 2": false,
};

test.each(Object.entries(places))(
  'a bot killed at "%s" opens the rule once, and the router has what was approved',
  async (haltAt, has) => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    let id: string;
    {
      await using store = await openStore(file, Date.now);
      id = await approved(store, anOpening());
    }
    const orders: ChildOrders = { store: file, place: world.place, haltAt: null };
    await using nft = await watchNft(inRouter(world.place.enter));
    expect(await bot({ ...orders, haltAt })).toBe("killed");
    expect([await isEnforced(), null]).toContain(has);
    expect(await bot(orders)).toBe(0);
    expect(timesAdded(await nft.seen(), id)).toBe(1);
    {
      await using store = await openStore(file, Date.now);
      expect(await firewallIn(store, id)).toMatchObject({ state: "applied", receipt: { problem: null } });
      const actions = (await store.audit.about(id)).map(({ action }) => action);
      expect(actions.filter((action) => action === "request.applied")).toHaveLength(1);
      expect(actions).toContain("job.cut-off");
    }
    await expectAsApproved(file);
  },
);

test.each(Object.entries(placesBack))(
  'a bot killed at "%s" while it takes a rule back: nothing of it is left',
  async (haltAt, has) => {
    using folder = temporaryFolder();
    const file = folder.file("certops.db");
    let id: string;
    {
      await using store = await openStore(file, Date.now);
      const rule = anOpening().rule;
      // Nobody answers there.
      id = await approved(store, anOpening({ rule: { ...rule, to: { cidrs: ["10.81.3.77/32"] } }, addresses: {} }));
    }
    const orders: ChildOrders = { store: file, place: world.place, haltAt: null };
    expect(await bot({ ...orders, haltAt })).toBe("killed");
    expect(await isEnforced()).toBe(has);
    await bot(orders);
    {
      await using store = await openStore(file, Date.now);
      expect(await firewallIn(store, id)).toMatchObject({
        state: "rolled-back",
        receipt: { problem: expect.stringContaining("should pass now, and nothing answers. It was taken back") },
      });
    }
    expect(await enforced(world.place.enter)).toEqual([]);
    await expectAsApproved(file);
  },
);
