import { describe, expect, test } from "vitest";
import { aCommit, approve, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";

describe("requests", () => {
  test("come back as they were written", async () => {
    const { requests } = await aStore();
    const request = aRequest({ evidence: [{ instance: "a-1", serial: "0a:1b", generation: "g0", notAfter: t0 }] });
    expect(await requests.open(request, aCommit())).toBe(true);
    await requests.placed(request.id, { channel: "C0CERTS", ts: "1.2" });
    expect(await requests.find(request.id)).toEqual({ ...request, message: { channel: "C0CERTS", ts: "1.2" } });
    expect(await requests.find("r-other222")).toBeNull();
  });

  test("a service has one at a time, also of two who ask at once", async () => {
    const store = await aStore();
    const asked = await Promise.all([
      store.requests.open(aRequest({ id: "r-first222" }), aCommit("opened", "r-first222")),
      store.requests.open(aRequest({ id: "r-second22" }), aCommit("opened", "r-second22")),
      store.requests.open(aRequest({ id: "r-other222", service: "service-b" }), aCommit("opened", "r-other222")),
    ]);
    expect(asked).toEqual([true, false, true]);
    expect(await store.audit.about("r-second22")).toEqual([]);
    expect((await store.outbox.waiting()).count).toBe(2);
  });

  test("a service that had one gets the next after its end", async () => {
    const { requests } = await aStore();
    await requests.open(aRequest(), aCommit());
    await requests.move("r-abcd2345", ["pending"], { state: "denied" }, aCommit("denied"));
    expect(await requests.open(aRequest({ id: "r-next2222" }), aCommit("opened", "r-next2222"))).toBe(true);
    expect((await requests.list({ states: ["pending"] })).map(({ id }) => id)).toEqual(["r-next2222"]);
  });

  test("a state moves once; the loser changes nothing", async () => {
    const store = await aStore();
    await store.requests.open(aRequest(), aCommit());
    const moved = await Promise.all([
      store.requests.move("r-abcd2345", ["pending"], { state: "denied", decidedBy: "U0BEN" }, aCommit("denied")),
      store.requests.move("r-abcd2345", ["pending"], { state: "approved", decidedBy: "U0CHEN" }, aCommit("approved")),
    ]);
    expect(moved).toEqual([true, false]);
    expect(await store.requests.find("r-abcd2345")).toMatchObject({ state: "denied", decidedBy: "U0BEN" });
    expect((await store.audit.about("r-abcd2345")).map(({ action }) => action)).toEqual(["test", "denied"]);
  });

  test.each(["service-a", "*"])("a freeze of %s stops a new one, and an approval", async (scope) => {
    const store = await aStore();
    await store.requests.open(aRequest(), aCommit());
    await store.freezes.freeze({ scope, by: "U0ANA", reason: "audit", at: t0 }, aCommit("freeze", scope));
    const approval = { ...aCommit("approved"), job: true };
    expect(await store.requests.move("r-abcd2345", ["pending"], { state: "approved" }, approval)).toBe(false);
    expect(await store.requests.move("r-abcd2345", ["pending"], { state: "denied" }, aCommit("denied"))).toBe(true);
    expect(await store.requests.open(aRequest({ id: "r-next2222" }), aCommit("opened", "r-next2222"))).toBe(false);
    expect(await store.jobs.claim("bot", t0, 1_000)).toBeNull();
    await store.freezes.thaw(scope, aCommit("thaw", scope));
    expect(await store.requests.open(aRequest({ id: "r-next2222" }), aCommit("opened", "r-next2222"))).toBe(true);
  });

  test("a freeze of another service stops nothing", async () => {
    const store = await aStore();
    await store.freezes.freeze({ scope: "service-b", by: "U0ANA", reason: "audit", at: t0 }, aCommit("freeze"));
    await approve(store);
    expect(await store.jobs.claim("bot", t0, 1_000)).toMatchObject({ request: "r-abcd2345" });
  });

  test("are listed the latest first, a hundred unless it says otherwise, by state, subject and service", async () => {
    const { requests } = await aStore();
    for (let n = 0; n < 103; n += 1) {
      const id = `r-list${String(n).padStart(4, "0")}`;
      await requests.open(aRequest({ id, service: `service-${n}`, createdAt: t0 + n }), aCommit("opened", id));
    }
    await requests.move("r-list0007", ["pending"], { state: "denied" }, aCommit("denied", "r-list0007"));
    const listed = await requests.list({});
    expect([listed.length, listed[0]?.id, listed.at(-1)?.id]).toEqual([100, "r-list0102", "r-list0003"]);
    const ids = async (filter: Parameters<typeof requests.list>[0]) =>
      (await requests.list(filter)).map(({ id }) => id);
    expect(await ids({ states: ["denied"] })).toEqual(["r-list0007"]);
    expect(await ids({ kind: "renewal", subject: "service-9" })).toEqual(["r-list0009"]);
    expect(await ids({ touches: "service-10" })).toEqual(["r-list0010"]);
    expect(await ids({ kind: "intention" })).toEqual([]);
    expect(await ids({ limit: 2 })).toEqual(["r-list0102", "r-list0101"]);
  });

  test("of two approvals that each know of none before them one counts, and the other has to look again", async () => {
    const store = await aStore();
    await store.requests.open(aRequest(), aCommit());
    const approve = async (user: string, knowing: number) => {
      const before = (await store.requests.find("r-abcd2345"))?.approvals ?? [];
      const approvals = [...before, { user, at: t0 }];
      const commit = { ...aCommit(`approved by ${user}`), knowing };
      return store.requests.move("r-abcd2345", ["pending"], { approvals }, commit);
    };
    const { version = -1 } = (await store.requests.find("r-abcd2345")) ?? {};
    const both = await Promise.all([approve("U0BEN", version), approve("U0CHEN", version)]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(both[0]).toBe(true);
    const { version: next = -1 } = (await store.requests.find("r-abcd2345")) ?? {};
    expect(await approve("U0CHEN", next)).toBe(true);
    expect((await store.requests.find("r-abcd2345"))?.approvals.map(({ user }) => user)).toEqual(["U0BEN", "U0CHEN"]);
    expect((await store.audit.about("r-abcd2345")).map(({ action }) => action)).toEqual([
      "test",
      "approved by U0BEN",
      "approved by U0CHEN",
    ]);
  });
});
