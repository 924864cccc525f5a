import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { endedRequests } from "../../bot/operations/firewall/in-force.ts";
import type { Firewall } from "../../bot/operations/firewall/ports.ts";
import { anOpening, approved, aRule, hosts } from "./firewall-requests.ts";
import { approvedToBeEnforced, enforced, inRouter } from "./firewall-router.ts";
import { workOff } from "./firewall-work.ts";
import { aFirewallWorld, type FirewallWorld, missingForFirewall } from "./firewall-world.ts";
import { aStore } from "./renewal-fixtures.ts";

type RuleChanges = Parameters<typeof aRule>[0];

/** One world for all tests of a file; for each a store and a firewall in which nothing has happened yet. */
export function firewallStage() {
  const missing = missingForFirewall();
  let world: FirewallWorld;
  let store: Store;

  beforeAll(async () => {
    if (missing === null) world = await aFirewallWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());
  beforeEach(async (context) => {
    if (missing !== null) context.skip(missing);
    store = await aStore(Date.now);
    await world.register("database", [hosts.database]);
    await world.startAnew();
  });

  const open = (changes: RuleChanges = {}) => approved(store, anOpening({ rule: aRule(changes) }));

  return {
    get world() {
      return world;
    },
    get store() {
      return store;
    },
    /** What goes before a command that is to run in the router's namespace. */
    get inRouter() {
      return inRouter(world.place.enter);
    },
    /** An approved request for a rule. */
    open,
    /** A rule in force. */
    async opened(changes: RuleChanges = {}): Promise<string> {
      const id = await open(changes);
      expect(await workOff(store, world.firewall, [id])).toMatchObject([{ state: "applied" }]);
      return id;
    },
    /** The firewall, with something that happens at one of its steps. */
    meddled: (task: Partial<Firewall["task"]>): Firewall => ({
      ...world.firewall,
      task: { ...world.firewall.task, ...task },
    }),
    /** What the router lets through is what was approved and applied, and CTS applies nothing by itself. */
    async expectAsApproved(): Promise<void> {
      const ended = await endedRequests(store);
      expect(await enforced(world.place.enter)).toEqual(approvedToBeEnforced(ended));
      expect((await world.firewall.task.state())?.enabled ?? false).toBe(false);
    },
  };
}
