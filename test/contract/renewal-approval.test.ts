import { describe, expect, test } from "vitest";
import type { Certificate } from "../../bot/domain/certificate.ts";
import type { ObservationRecord } from "../../bot/domain/endpoint.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { expireRequests } from "../../bot/operations/expire-requests.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { aCommit, approve, aRequest, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const id = "r-abcd2345";
const members: Record<string, string[]> = { U0BEN: ["S0PLATFORM"], U0CHEN: ["S0PLATFORM"] };
const nothingSeen = { observations: async () => [], certificate: async () => null };

const propose = (store: Store, changes: { requester?: string; reason?: string; newId?: () => string } = {}) =>
  proposeRenewal(
    { ...store, inventory: nothingSeen, clock: () => t0, newId: changes.newId ?? (() => id) },
    { service: aService(), requester: changes.requester ?? "U0ANA", reason: changes.reason ?? "rehearsal" },
  );

const decide = (store: Store, user: string, verdict: "approve" | "deny", now = t0 + 1_000) =>
  decideRequest({ ...store, clock: () => now, groupsOf: async (who) => members[who] ?? [] }, { id, user, verdict });

const actionsOf = async (store: Store) => (await store.audit.about(id)).map(({ action }) => action);

describe("propose", () => {
  test("keeps the request, its audit row and what is to be told, together", async () => {
    const store = await aStore();
    expect(await propose(store)).toEqual(aRequest({ evidence: [nowhere("a-1"), nowhere("a-2")] }));
    expect(await store.requests.find(id)).toMatchObject({ state: "pending", reason: "rehearsal" });
    expect(await store.audit.about(id)).toMatchObject([{ action: "request.pending", actor: "U0ANA" }]);
    expect(await store.outbox.claim(t0, 1_000)).toMatchObject({ kind: "request", subject: id });
  });

  test("shows what is served now as evidence, by the latest handshake", async () => {
    const store = await aStore();
    const seen = (at: number, fingerprint: string | null): ObservationRecord => ({
      endpoint: "service-a/a-1",
      at,
      fingerprint,
      chain: [],
      problem: null,
      tookMs: 1,
      since: at,
    });
    const inventory = {
      observations: async () => [seen(t0 + 2, "new"), seen(t0 + 1, "old")],
      certificate: async (fingerprint: string) =>
        ({ fingerprint, serial: `serial-of-${fingerprint}`, generation: "g0", notAfter: t0 + 9 }) as Certificate,
    };
    const request = await proposeRenewal(
      { ...store, inventory, clock: () => t0, newId: () => id },
      { service: aService(), requester: "U0ANA", reason: "" },
    );
    expect(request).toMatchObject({
      evidence: [{ instance: "a-1", serial: "serial-of-new", generation: "g0", notAfter: t0 + 9 }, nowhere("a-2")],
    });
  });

  test("one that is pending stands in the way, and says who may decide", async () => {
    const store = await aStore();
    await propose(store);
    expect(await propose(store, { newId: () => "r-next2222" })).toMatchObject({
      code: "already-open",
      message: "r-abcd2345 already asks for a renewal of service-a, by U0ANA.",
      hint: "It waits for a member of S0PLATFORM.",
    });
  });

  test("one that is approved stands in the way, and says by whom", async () => {
    const store = await aStore();
    await approve(store);
    expect(await propose(store, { newId: () => "r-next2222" })).toMatchObject({
      code: "already-open",
      message: "r-abcd2345 renews service-a right now, approved by U0BEN.",
    });
  });

  test("of ten who ask at once one gets it", async () => {
    const store = await aStore();
    const asked = await Promise.all(Array.from({ length: 10 }, () => propose(store, { newId: requestId })));
    expect(asked.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect(asked.filter((answer) => isRefusal(answer) && answer.code === "already-open")).toHaveLength(9);
    expect((await store.outbox.waiting()).count).toBe(1);
  });

  test("a freeze stands in the way, and says by whom and why", async () => {
    const store = await aStore();
    await freeze({ ...store, clock: () => t0 }, { scope: "*", user: "U0BEN", reason: "audit week" });
    expect(await propose(store)).toMatchObject({
      code: "frozen",
      message: "All services are frozen by U0BEN: audit week",
      hint: "Thaw first: /cert thaw",
    });
  });

  test("a reason is a sentence, not a book", async () => {
    const store = await aStore();
    expect(await propose(store, { reason: "x".repeat(501) })).toMatchObject({ code: "reason-too-long" });
    expect(await store.requests.list({})).toEqual([]);
  });

  test("ids are as the field reads them out, and new each time", () => {
    const ids = Array.from({ length: 1_000 }, requestId);
    expect(ids.every((one) => /^r-[a-z2-7]{8}$/.test(one))).toBe(true);
    expect(new Set(ids).size).toBe(1_000);
  });
});

describe("decide", () => {
  test("an approval of a member makes the job, in the same transaction", async () => {
    const store = await aStore();
    await propose(store);
    expect(await decide(store, "U0BEN", "approve")).toMatchObject({
      changed: true,
      request: { state: "approved", decidedBy: "U0BEN", decidedAt: t0 + 1_000 },
    });
    expect(await store.jobs.claim("bot", t0 + 1_000, 1_000)).toMatchObject({ request: id, step: "queued" });
    expect(await actionsOf(store)).toEqual(["request.pending", "request.approved"]);
  });

  test("a denial ends it", async () => {
    const store = await aStore();
    await propose(store);
    expect(await decide(store, "U0BEN", "deny")).toMatchObject({ changed: true, request: { state: "denied" } });
    expect(await store.jobs.claim("bot", t0 + 1_000, 1_000)).toBeNull();
    expect(await actionsOf(store)).toEqual(["request.pending", "request.denied"]);
  });

  test("a second click changes nothing and says who was first", async () => {
    const store = await aStore();
    await propose(store);
    await decide(store, "U0BEN", "approve");
    expect(await decide(store, "U0CHEN", "deny", t0 + 2_000)).toMatchObject({
      changed: false,
      request: { state: "approved", decidedBy: "U0BEN", decidedAt: t0 + 1_000 },
    });
    expect(await actionsOf(store)).toEqual(["request.pending", "request.approved"]);
  });

  test("of two who click at once one wins, a hundred times", async () => {
    const store = await aStore();
    const inventory = nothingSeen;
    for (let round = 0; round < 100; round += 1) {
      const own = requestId();
      const service = aService({ name: `service-${round}` });
      const needs = { ...store, inventory, clock: () => t0, newId: () => own, groupsOf: async () => ["S0PLATFORM"] };
      await proposeRenewal(needs, { service, requester: "U0ANA", reason: "" });
      const answers = await Promise.all([
        decideRequest(needs, { id: own, user: "U0BEN", verdict: "approve" }),
        decideRequest(needs, { id: own, user: "U0CHEN", verdict: "approve" }),
      ]);
      const [first, second] = answers.map((answer) => (isRefusal(answer) ? null : answer));
      expect([first?.changed, second?.changed].filter(Boolean)).toHaveLength(1);
      expect(first?.request.decidedBy).toBe(second?.request.decidedBy);
    }
    expect(await store.audit.verify()).toBeNull();
  });

  test.each([
    ["U0ANA", "self-approval", "Ask a member of S0PLATFORM."],
    ["U0DANA", "not-approver", "Ask a member of S0PLATFORM."],
  ])("%s may not: %s", async (user, code, hint) => {
    const store = await aStore();
    await propose(store);
    for (const verdict of ["approve", "deny"] as const) {
      expect(await decide(store, user, verdict)).toMatchObject({ code, hint });
    }
    expect(await actionsOf(store)).toEqual(["request.pending"]);
  });

  test("the requester may not, though being an approver", async () => {
    const store = await aStore();
    await propose(store, { requester: "U0BEN" });
    expect(await decide(store, "U0BEN", "approve")).toMatchObject({ code: "self-approval" });
  });

  test("someone named as a user may, without the directory", async () => {
    const store = await aStore();
    await store.requests.open(aRequest({ approval: { users: ["U0EVE"], groups: ["S0PLATFORM"] } }), aCommit());
    const down = async () => Promise.reject(new Error("usergroups.users.list: fatal_error"));
    const needs = { ...store, clock: () => t0, groupsOf: down };
    expect(await decideRequest(needs, { id, user: "U0BEN", verdict: "approve" })).toMatchObject({
      code: "directory-unavailable",
    });
    expect(await decideRequest(needs, { id, user: "U0EVE", verdict: "approve" })).toMatchObject({ changed: true });
  });

  test("after its time it has expired, for everybody", async () => {
    const store = await aStore();
    await propose(store);
    const late = t0 + 3_600_000;
    expect(await decide(store, "U0BEN", "approve", late)).toMatchObject({
      code: "expired",
      hint: "Ask again: /cert renew service-a",
    });
    expect(await store.requests.find(id)).toMatchObject({ state: "expired", decidedBy: null });
    expect(await decide(store, "U0CHEN", "approve", late + 1)).toMatchObject({ code: "expired" });
    expect(await actionsOf(store)).toEqual(["request.pending", "request.expired"]);
  });

  test("a freeze that came meanwhile stops the approval, not the denial", async () => {
    const store = await aStore();
    await propose(store);
    await freeze({ ...store, clock: () => t0 }, { scope: "service-a", user: "U0CHEN", reason: "audit week" });
    expect(await decide(store, "U0BEN", "approve")).toMatchObject({
      code: "frozen",
      message: "service-a is frozen by U0CHEN: audit week",
      hint: "Thaw first: /cert thaw service-a",
    });
    expect(await decide(store, "U0BEN", "deny")).toMatchObject({ changed: true });
  });

  test("a freeze between reading and writing stops it too", async () => {
    const store = await aStore();
    await propose(store);
    const freezes = {
      ...store.freezes,
      all: async () => {
        const before = await store.freezes.all();
        if (before.length === 0) {
          await freeze({ ...store, clock: () => t0 }, { scope: "*", user: "U0CHEN", reason: "now" });
        }
        return before;
      },
    };
    const needs = { ...store, freezes, clock: () => t0, groupsOf: async () => ["S0PLATFORM"] };
    expect(await decideRequest(needs, { id, user: "U0BEN", verdict: "approve" })).toMatchObject({ code: "frozen" });
    expect(await store.requests.find(id)).toMatchObject({ state: "pending" });
  });

  test("an id that nobody knows", async () => {
    expect(await decide(await aStore(), "U0BEN", "approve")).toMatchObject({ code: "not-found" });
  });
});

describe("expire", () => {
  test("ends what nobody decided in time, once, and only that", async () => {
    const store = await aStore();
    await propose(store);
    await store.requests.open(
      aRequest({ id: "r-later222", service: "service-b", expiresAt: t0 + 7_200_000 }),
      aCommit("opened", "r-later222"),
    );
    const needs = { ...store, clock: () => t0 + 3_600_000 };
    expect(await expireRequests(needs)).toEqual([id]);
    expect(await expireRequests(needs)).toEqual([]);
    expect((await store.requests.list({ states: ["pending"] })).map((request) => request.id)).toEqual(["r-later222"]);
  });
});

function nowhere(instance: string) {
  return { instance, serial: null, generation: null, notAfter: null };
}
