import { describe, expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { nothingProven, type Rollout } from "../../bot/domain/rollout.ts";
import { aFirewallRequest, toOpen } from "../support/firewall-fixtures.ts";
import { aCommit, approve, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";

const id = "r-abcd2345";
const rollout: Rollout = { startedAt: t0, resumedAt: [], issuedBefore: ["0a"], written: { "a-1": t0 }, proven: [] };
const done = (step: string) => ({ step, data: rollout, progress: nothingProven });
const { audit } = aCommit("job.written");

describe("jobs", () => {
  test("an approval makes one, in its own transaction", async () => {
    const store = await aStore();
    await store.requests.open(aRequest(), aCommit());
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toBeNull();
    await store.requests.move(id, ["pending"], { state: "approved" }, { ...aCommit("approved"), job: true });
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toEqual({
      request: id,
      step: "queued",
      data: null,
      progress: null,
      attempts: 1,
    });
  });

  test("has one owner until the lease is over", async () => {
    const store = await aStore();
    await approve(store);
    await store.jobs.claim("bot-1", t0, 1_000);
    expect(await store.jobs.claim("bot-2", t0 + 999, 1_000)).toBeNull();
    expect(await store.jobs.keep(id, "bot-1", t0 + 2_000, { ...nothingProven, tried: 7 })).toBe(true);
    expect(await store.jobs.claim("bot-2", t0 + 1_999, 1_000)).toBeNull();
    expect(await store.jobs.claim("bot-2", t0 + 2_000, 1_000)).toMatchObject({ progress: { tried: 7 }, attempts: 2 });
  });

  test("is never handed to its own owner twice, however far the clock leaps", async () => {
    const store = await aStore();
    await approve(store);
    await store.jobs.claim("bot-1", t0, 1_000);
    expect(await store.jobs.claim("bot-1", t0 + 86_400_000, 1_000)).toBeNull();
    await store.jobs.release(id, "bot-1", t0);
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toMatchObject({ request: id });
  });

  test("what a clock approved or put off that was ahead goes on when it is right again", async () => {
    const store = await aStore();
    await approve(store);
    const dayBefore = t0 - 86_400_000;
    expect(await store.jobs.claim("bot-1", dayBefore, 1_000)).toMatchObject({ request: id, attempts: 1 });
    // It could not even begin, and is tried again.
    await store.jobs.release(id, "bot-1", t0 + 5_000);
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toBeNull();
    expect(await store.jobs.claim("bot-1", dayBefore, 1_000)).toMatchObject({ step: "queued", attempts: 2 });
    await store.jobs.advance(id, "bot-1", done("started"), audit);
    await store.jobs.release(id, "bot-1", t0 + 5_000);
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toBeNull();
    expect(await store.jobs.claim("bot-1", dayBefore, 1_000)).toMatchObject({ step: "started", attempts: 3 });
  });

  test("what names the day on which it begins waits for that, and no longer", async () => {
    const store = await aStore();
    const day = 86_400_000;
    const startsAt = t0 + 3 * day;
    const approved = aFirewallRequest({ plan: toOpen({ startsAt }), state: "approved" });
    await store.requests.open(approved, { ...aCommit(), job: true });
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toMatchObject({ request: approved.id });
    await store.jobs.release(approved.id, "bot-1", startsAt);
    expect(await store.jobs.claim("bot-1", startsAt - 1, 1_000)).toBeNull();
    expect(await store.jobs.claim("bot-1", startsAt, 1_000)).toMatchObject({ attempts: 2 });
    // By a clock that is ahead, and then is not.
    await store.jobs.release(approved.id, "bot-1", startsAt + 9 * day);
    expect(await store.jobs.claim("bot-1", startsAt, 1_000)).toMatchObject({ attempts: 3 });
  });

  test("an owner who lost the lease changes nothing", async () => {
    const store = await aStore();
    await approve(store);
    await store.jobs.claim("bot-1", t0, 1_000);
    await store.jobs.claim("bot-2", t0 + 1_000, 1_000);
    expect(await store.jobs.advance(id, "bot-1", done("written"), audit)).toBe(false);
    expect(await store.jobs.keep(id, "bot-1", t0 + 9_000, nothingProven)).toBe(false);
    expect(await store.jobs.release(id, "bot-1", t0)).toBe(false);
    expect(await store.jobs.finish(id, "bot-1", { state: "deployed", receipt: null }, aCommit("deployed"))).toBe(false);
    expect(await store.requests.find(id)).toMatchObject({ state: "approved" });
    expect((await store.audit.about(id)).map(({ action }) => action)).toEqual(["opened", "approved"]);
  });

  test("goes on from its last step with the next owner", async () => {
    const store = await aStore();
    await approve(store);
    await store.jobs.claim("bot-1", t0, 1_000);
    expect(await store.jobs.advance(id, "bot-1", done("written"), audit)).toBe(true);
    expect(await store.jobs.release(id, "bot-1", t0 + 500)).toBe(true);
    expect(await store.jobs.claim("bot-2", t0 + 499, 1_000)).toBeNull();
    expect(await store.jobs.claim("bot-2", t0 + 500, 1_000)).toMatchObject({ step: "written", data: rollout });
  });

  test("ends once, together with its request", async () => {
    const store = await aStore();
    await approve(store);
    await store.jobs.claim("bot-1", t0, 1_000);
    const end = { state: "failed", receipt: null } as const;
    expect(await store.jobs.finish(id, "bot-1", end, aCommit("failed"))).toBe(true);
    expect(await store.jobs.finish(id, "bot-1", { ...end, state: "deployed" }, aCommit("deployed"))).toBe(false);
    expect(await store.requests.find(id)).toMatchObject({ state: "failed" });
    expect(await store.jobs.claim("bot-1", t0 + 60_000, 1_000)).toBeNull();
  });

  test("a store that is opened again gives its jobs at once, and says which were cut off", async () => {
    const store = await aStore();
    await approve(store);
    await store.jobs.claim("bot-1", t0, 60_000);
    await store[Symbol.asyncDispose]();
    await using again = await openStore(store.file, () => t0 + 5);
    expect(await again.jobs.claim("bot-2", t0 + 5, 1_000)).toMatchObject({ request: id, attempts: 2 });
    expect((await again.audit.about(id)).at(-1)).toMatchObject({ action: "job.cut-off", at: t0 + 5 });
  });

  test("what has not begun waits for the thaw; what has begun goes on", async () => {
    const store = await aStore();
    await approve(store);
    await approve(store, aRequest({ id: "r-other222", service: "service-b" }));
    await store.jobs.claim("bot-1", t0, 1_000);
    await store.jobs.advance(id, "bot-1", done("started"), audit);
    await store.jobs.release(id, "bot-1", t0);
    await store.freezes.freeze({ scope: "*", by: "U0ANA", reason: "audit", at: t0 }, aCommit("freeze", "*"));
    expect((await store.jobs.claim("bot-1", t0, 1_000))?.request).toBe(id);
    expect(await store.jobs.claim("bot-1", t0, 1_000)).toBeNull();
    await store.freezes.thaw("*", aCommit("thaw", "*"));
    expect((await store.jobs.claim("bot-1", t0, 1_000))?.request).toBe("r-other222");
  });
});
