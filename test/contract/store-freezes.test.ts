import { describe, expect, test } from "vitest";
import { aCommit, approve, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";

const byAna = { scope: "service-a", by: "U0ANA", reason: "audit week", at: t0 };
const byCase = { scope: "service-a", by: "lab", reason: "case expired-a", at: t0, until: t0 + 60_000 };

describe("freezes", () => {
  test("a scope is frozen once, by one person", async () => {
    const { freezes, audit } = await aStore();
    expect(await freezes.freeze(byAna, aCommit("freeze", "service-a"))).toBe(true);
    expect(await freezes.freeze({ ...byAna, by: "U0BEN" }, aCommit("freeze", "service-a"))).toBe(false);
    expect(await freezes.all()).toEqual([{ ...byAna, until: null }]);
    expect(await freezes.thaw("service-a", aCommit("thaw", "service-a"))).toBe(true);
    expect(await freezes.thaw("service-a", aCommit("thaw", "service-a"))).toBe(false);
    expect((await audit.about("service-a")).map(({ action }) => action)).toEqual(["freeze", "thaw"]);
  });

  test("a case and a person hold the same service without ending each other's", async () => {
    const { freezes } = await aStore();
    await freezes.freeze(byAna, aCommit("freeze"));
    expect(await freezes.hold(byCase, aCommit("hold"))).toBe(true);
    await freezes.release("service-a", aCommit("release"));
    expect(await freezes.all()).toEqual([{ ...byAna, until: null }]);
    await freezes.hold(byCase, aCommit("hold"));
    await freezes.thaw("service-a", aCommit("thaw"));
    expect(await freezes.all()).toEqual([byCase]);
  });

  test("a hold of a case that died lapses", async () => {
    let now = t0;
    const { freezes } = await aStore(() => now);
    await freezes.hold(byCase, aCommit("hold"));
    now = byCase.until - 1;
    expect(await freezes.hold({ ...byCase, at: now, until: now + 60_000 }, aCommit("hold"))).toBe(false);
    expect(await freezes.all()).toHaveLength(1);
    now = byCase.until;
    expect(await freezes.all()).toEqual([]);
    expect(await freezes.hold({ ...byCase, at: now, until: now + 60_000 }, aCommit("hold"))).toBe(true);
  });

  test("a case and a renewal never overlap, whichever comes first", async () => {
    const store = await aStore();
    for (let round = 0; round < 20; round += 1) {
      const id = `r-round${String(round).padStart(3, "2")}`;
      await store.requests.open(aRequest({ id }), aCommit("opened", id));
      const approval = { ...aCommit("approved", id), job: true };
      const [first, second] = [
        () => store.requests.move(id, ["pending"], { state: "approved" }, approval),
        () => store.freezes.hold(byCase, aCommit("hold", "service-a")),
      ].toSorted(() => (round % 2 === 0 ? 1 : -1));
      const [approvedOrHeld, other] = await Promise.all([first?.(), second?.()]);
      expect(approvedOrHeld).not.toBe(other);
      await store.freezes.release("service-a", aCommit("release"));
      const job = await store.jobs.claim("bot", t0, 1_000);
      if (job) await store.jobs.finish(id, "bot", { state: "deployed", receipt: null }, aCommit("deployed", id));
      else await store.requests.move(id, ["pending"], { state: "denied" }, aCommit("denied", id));
    }
  });

  test.each(["service-a", "*"])("a hold of %s waits until the renewal has ended", async (scope) => {
    const store = await aStore();
    await approve(store);
    const hold = { ...byCase, scope };
    expect(await store.freezes.hold(hold, aCommit("hold", scope))).toBe(false);
    await store.jobs.claim("bot", t0, 1_000);
    expect(await store.freezes.hold(hold, aCommit("hold", scope))).toBe(false);
    const end = { state: "deployed", receipt: null } as const;
    await store.jobs.finish("r-abcd2345", "bot", end, aCommit("deployed"));
    expect(await store.freezes.hold(hold, aCommit("hold", scope))).toBe(true);
  });

  test("a renewal of another service is no obstacle", async () => {
    const store = await aStore();
    await approve(store, aRequest({ service: "service-b" }));
    expect(await store.freezes.hold(byCase, aCommit("hold"))).toBe(true);
  });
});
