import { describe, expect, test } from "vitest";
import { homes } from "../../bot/adapters/store/homes.ts";
import { homeTabs, type HomeTabsNeeds } from "../../bot/slack/home-tabs.ts";
import { aStore, t0 } from "../support/renewal-fixtures.ts";
import { until } from "./slack-fixture.ts";

const quiet = { info() {}, warn() {}, error() {} };

/** The publisher over a real store, and whom it published for, in turn. `says`: what every tab shows. */
async function aPublisher() {
  const store = homes((await aStore()).db.withTables());
  const drawn: string[] = [];
  const world = { says: "at first", clocked: 0, clockedAtLast: 0, now: t0 };
  const client = {
    views: {
      publish: async ({ user_id }: { user_id: string }) => {
        drawn.push(user_id);
        world.clockedAtLast = world.clocked;
        return { ok: true };
      },
    },
  } as unknown as HomeTabsNeeds["client"];
  const tabs = homeTabs({
    homes: store,
    drawing: async () => async () => ({
      type: "home",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: world.says } }],
    }),
    client,
    clock: () => {
      world.clocked += 1;
      return world.now;
    },
    log: quiet,
  });
  const stop = new AbortController();
  return { store, drawn, world, tabs, stop, start: () => tabs.run(stop.signal) };
}

describe("all Home tabs together", { timeout: 30_000 }, () => {
  test("of a hundred and twenty opened at once ninety are drawn in the first minute", async () => {
    const { store, drawn, world, stop, start } = await aPublisher();
    for (let index = 0; index < 120; index += 1) await store.opened(`U0P${index}`, t0);
    const running = start();
    // After the last it has looked whether there is room for one more.
    await until(() => drawn.length >= 90 && world.clocked > world.clockedAtLast);
    stop.abort();
    await running;
    expect(drawn).toHaveLength(90);
    expect(new Set(drawn).size).toBe(90);
  });

  test("who just opened theirs comes before those that changed by themselves, and of these each has its turn", async () => {
    const { store, drawn, world, tabs, stop, start } = await aPublisher();
    for (const user of ["U0ANA", "U0BEN", "U0CHEN"]) await store.opened(user, t0);
    const running = start();
    await until(() => drawn.length === 3);
    await store.opened("U0DANA", t0);
    world.now += 1_000;
    world.says = "something changed";
    tabs.look();
    await until(() => drawn.length === 7);
    stop.abort();
    await running;
    expect(drawn[3]).toBe("U0DANA");
    expect(new Set(drawn.slice(4))).toEqual(new Set(["U0ANA", "U0BEN", "U0CHEN"]));
  });

  test("one opened longer than a working day ago is left until it is opened again", async () => {
    const { store, drawn, tabs, world, stop, start } = await aPublisher();
    await store.opened("U0ANA", t0);
    world.now += 9 * 3_600_000;
    const running = start();
    await tabs.opened("U0BEN");
    await until(() => drawn.length === 1);
    await tabs.opened("U0ANA");
    await until(() => drawn.length === 2);
    stop.abort();
    await running;
    expect(drawn).toEqual(["U0BEN", "U0ANA"]);
  });
});
