import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import type { steps } from "../../bot/domain/steps.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { runToHalt } from "../support/halt.ts";
import type { ChildOrders } from "../support/intention-child.ts";
import { anIntention, intentionIn, pair } from "../support/intention-fixtures.ts";
import { aMeshWorld, type MeshWorld } from "../support/mesh-world.ts";
import { approvedIn } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let world: MeshWorld;
beforeAll(async () => {
  world = await aMeshWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const bot = (orders: ChildOrders) => runToHalt("./intention-child.ts", orders);

const ordersFor = (store: string): ChildOrders => ({
  store,
  consul: { address: world.consul.address, tokenFile: world.tokenFile },
  policy: world.mesh.policy,
  haltAt: null,
  enforceMs: 10_000,
});

type Own = Extract<(typeof steps)["intention"][number], { in: "job" | "Consul" }>["step"];
/** The steps that are an intention's own; each request's first and last ones are in request-killed. */
const places: Record<Own | "called" | "checked" | "called 2", { written: boolean; resumed: boolean }> = {
  called: { written: false, resumed: false },
  started: { written: false, resumed: true },
  "intention taken": { written: true, resumed: true },
  written: { written: true, resumed: true },
  checked: { written: true, resumed: true },
  "called 2": { written: true, resumed: true },
};

test.each(Object.entries(places).map(([haltAt, expected]) => ({ haltAt, ...expected })))(
  'a bot killed at "$haltAt" sets the intention once, and its message is true',
  async ({ haltAt, written, resumed }) => {
    using folder = temporaryFolder();
    await world.seed("allow");
    const seeded = await world.version();
    const request = anIntention({ createdAt: Date.now(), expiresAt: Date.now() + 3_600_000 });
    const file = await approvedIn(folder, request);
    const orders = ordersFor(file);

    expect(await bot({ ...orders, haltAt })).toBe("killed");
    const atKill = await world.version();
    expect(atKill !== seeded).toBe(written);
    expect(await bot(orders)).toBe(0);

    // What the killed one wrote was not written again.
    expect((await world.version()) === atKill).toBe(written);
    expect(await world.own()).toMatchObject({ ...pair, action: "deny" });
    await using store = await openStore(file, Date.now);
    const ended = await intentionIn(store, request.id);
    expect(ended).toMatchObject({
      state: "enforced",
      receipt: { allowed: false, call: { before: { outcome: "answered" }, after: { outcome: "refused" } } },
    });
    expect(ended.receipt?.notes).toHaveLength(resumed ? 1 : 0);
    expect(requestView(ended, { now: Date.now(), configured: true }).text).toMatch(
      /^⛔ service-a → service-b denied: /,
    );

    const actions = (await store.audit.about(request.id)).map(({ action }) => action);
    expect(actions.filter((action) => action === "request.enforced")).toHaveLength(1);
    expect(actions.filter((action) => action === "job.written")).toHaveLength(1);
    expect(actions).toContain("job.cut-off");
    expect(await store.audit.verify()).toBeNull();
    expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
  },
);

test('what somebody undid before the bot could note that it was written is no "nothing was written"', async () => {
  using folder = temporaryFolder();
  await world.seed("allow");
  const request = anIntention({ createdAt: Date.now(), expiresAt: Date.now() + 3_600_000 });
  const file = await approvedIn(folder, request);
  expect(await bot({ ...ordersFor(file), haltAt: "intention taken" })).toBe("killed");
  await world.seed(null);
  expect(await bot(ordersFor(file))).toBe(0);
  await using store = await openStore(file, Date.now);
  expect(await intentionIn(store, request.id)).toMatchObject({
    state: "failed",
    receipt: { problem: expect.stringContaining("Whether it had been written before is not known.") },
  });
  expect(await world.own()).toBeNull();
});

test("what somebody undid while the bot was dead is not done again: it says what it finds", async () => {
  using folder = temporaryFolder();
  await world.seed("allow");
  const request = anIntention({ createdAt: Date.now(), expiresAt: Date.now() + 3_600_000 });
  const file = await approvedIn(folder, request);
  expect(await bot({ ...ordersFor(file), haltAt: "written" })).toBe("killed");
  await world.seed("allow");
  expect(await bot({ ...ordersFor(file), enforceMs: 500 })).toBe(0);
  expect(await world.own()).toMatchObject({ action: "allow" });
  await using store = await openStore(file, Date.now);
  expect(await intentionIn(store, request.id)).toMatchObject({
    state: "not-enforced",
    receipt: {
      allowed: true,
      problem: expect.stringContaining("Consul still allows service-a → service-b: somebody else may have changed it."),
    },
  });
});
