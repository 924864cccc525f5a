import { describe, expect, test } from "vitest";
import { type ApprovalPolicy, byRole } from "../../bot/domain/approval-policy.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import { Failure } from "../../bot/errors.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { aCommit, aRequest, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const id = "r-abcd2345";
const members: Record<string, string[]> = { U0BEN: ["S0PLATFORM"], U0CHEN: ["S0PLATFORM"] };
const groupsOf = async (who: string) => members[who] ?? [];
const nothingSeen = { observations: async () => [], certificate: async () => null };

interface Asking {
  requester?: string;
  reason?: string;
  newId?: () => string;
  approval?: ApprovalPolicy;
}

const propose = (store: Store, changes: Asking = {}) =>
  proposeRenewal(
    { ...store, groupsOf, inventory: nothingSeen, clock: () => t0, newId: changes.newId ?? (() => id) },
    {
      service: aService(changes.approval && { approval: changes.approval }),
      requester: changes.requester ?? "U0ANA",
      reason: changes.reason ?? "rehearsal",
    },
  );

const servicesOf = (...services: ManagedService[]) => new Map(services.map((service) => [service.name, service]));
const configured = servicesOf(aService());

const decide = (
  store: Store,
  user: string,
  verdict: "approve" | "deny",
  { now = t0 + 1_000, services = configured }: { now?: number; services?: Map<string, ManagedService> } = {},
) =>
  decideRequest(
    { ...store, services, mesh: null, firewall: null, clock: () => now, groupsOf },
    { id, user, verdict, reason: "because" },
  );

const actionsOf = async (store: Store) => (await store.audit.about(id)).map(({ action }) => action);

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
    expect(await decide(store, "U0CHEN", "deny", { now: t0 + 2_000 })).toMatchObject({
      changed: false,
      request: { state: "approved", decidedBy: "U0BEN", decidedAt: t0 + 1_000 },
    });
    expect(await actionsOf(store)).toEqual(["request.pending", "request.approved"]);
  });

  test("of two who click at once one wins, a hundred times", async () => {
    const store = await aStore();
    const inventory = nothingSeen;
    for (let round = 0; round < 100; round += 1) {
      const own = requestId("renewal");
      const service = aService({ name: `service-${round}` });
      const needs = {
        ...store,
        inventory,
        services: servicesOf(service),
        mesh: null,
        firewall: null,
        clock: () => t0,
        newId: () => own,
        groupsOf: async () => ["S0PLATFORM"],
      };
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
    expect(await decide(store, user, "approve")).toMatchObject({ code, hint });
    expect(await decide(store, user, "deny")).toMatchObject({ code });
    expect(await actionsOf(store)).toEqual(["request.pending"]);
  });

  test("the requester may not, though being an approver", async () => {
    const store = await aStore();
    await propose(store, { requester: "U0BEN" });
    expect(await decide(store, "U0BEN", "approve")).toMatchObject({ code: "self-approval" });
  });

  test("is decided by the policy it was made under, whatever certops.yaml says now", async () => {
    const store = await aStore();
    await propose(store);
    const approval = byRole("others", { users: ["U0EVE"], deadlineMs: 3_600_000 });
    const services = servicesOf(aService({ approval }));
    for (const verdict of ["approve", "deny"] as const) {
      expect(await decide(store, "U0EVE", verdict, { services })).toMatchObject({
        code: "not-approver",
        hint: "Ask a member of S0PLATFORM.",
      });
    }
    expect(await store.jobs.claim("bot", t0 + 1_000, 1_000)).toBeNull();
    expect(await decide(store, "U0BEN", "approve", { services })).toMatchObject({ changed: true });
  });

  test("who left the group between the click and the decision is refused, and told who may", async () => {
    const store = await aStore();
    await propose(store);
    const asking = Promise.withResolvers<void>();
    const left = Promise.withResolvers<string[]>();
    const directory = (who: string) => {
      asking.resolve();
      return who === "U0BEN" ? left.promise : groupsOf(who);
    };
    const needs = { ...store, services: configured, mesh: null, firewall: null, clock: () => t0, groupsOf: directory };
    const clicked = decideRequest(needs, { id, user: "U0BEN", verdict: "approve" });
    await asking.promise;
    left.resolve([]);
    expect(await clicked).toMatchObject({
      code: "not-approver",
      message: "You may not decide requests for service-a.",
      hint: "Ask a member of S0PLATFORM.",
    });
    expect(await actionsOf(store)).toEqual(["request.pending"]);
  });

  test("nobody may decide for a service that left certops.yaml", async () => {
    const store = await aStore();
    await propose(store);
    expect(await decide(store, "U0BEN", "approve", { services: servicesOf() })).toMatchObject({
      code: "not-managed",
      message: "service-a is no longer in certops.yaml, so nobody may decide r-abcd2345.",
    });
    expect(await actionsOf(store)).toEqual(["request.pending"]);
  });

  test("approving a plan that moved meanwhile makes it void, and writes nothing", async () => {
    const store = await aStore();
    await propose(store);
    const services = servicesOf(aService({ ttl: "3m", rollout: "one-first" }));
    const problem = "The plan moved since it was asked for: ttl: 2m is now 3m; rollout: all is now one-first.";
    expect(await decide(store, "U0DANA", "approve", { services })).toMatchObject({ code: "not-approver" });
    expect(await decide(store, "U0BEN", "approve", { services })).toMatchObject({
      code: "plan-moved",
      message: `r-abcd2345 is void. ${problem}`,
      hint: "Nothing was written. Ask again: /cert renew service-a",
    });
    expect(await store.requests.find(id)).toMatchObject({
      state: "void",
      decidedBy: null,
      receipt: { instances: [], steps: [], handshakes: { tried: 0 }, problem },
    });
    expect(await store.jobs.claim("bot", t0 + 1_000, 1_000)).toBeNull();
    expect(await actionsOf(store)).toEqual(["request.pending", "request.void"]);
    expect(await decide(store, "U0CHEN", "approve")).toMatchObject({ changed: false, request: { state: "void" } });
    expect(isRefusal(await propose(store, { newId: () => "r-next2222" }))).toBe(false);
  });

  test("a plan that moved may still be denied", async () => {
    const store = await aStore();
    await propose(store);
    const services = servicesOf(aService({ ttl: "3m" }));
    expect(await decide(store, "U0BEN", "deny", { services })).toMatchObject({ request: { state: "denied" } });
  });

  test("someone named as a user may, without the directory", async () => {
    const store = await aStore();
    const approval = byRole("approver", { users: ["U0EVE"], groups: ["S0PLATFORM"], deadlineMs: 3_600_000 });
    const services = servicesOf(aService({ approval }));
    await propose(store, { approval });
    const down = async () => Promise.reject(new Error("usergroups.users.list: fatal_error"));
    const needs = { ...store, services, mesh: null, firewall: null, clock: () => t0, groupsOf: down };
    expect(await decideRequest(needs, { id, user: "U0BEN", verdict: "approve" })).toMatchObject({
      code: "directory-unavailable",
    });
    const waits = new Failure("directory-unavailable", "Slack asks to wait", "Try again in 30 s.");
    const limited = { ...needs, groupsOf: async () => Promise.reject(waits) };
    expect(await decideRequest(limited, { id, user: "U0BEN", verdict: "approve" })).toMatchObject({
      code: "directory-unavailable",
      hint: "Try again in 30 s.",
    });
    expect(await decideRequest(needs, { id, user: "U0EVE", verdict: "approve" })).toMatchObject({ changed: true });
  });

  test("the directory is asked for the groups that may decide it, and for no other; not at all to withdraw", async () => {
    const store = await aStore();
    await propose(store);
    const asked: string[][] = [];
    const needs = {
      ...store,
      services: configured,
      mesh: null,
      firewall: null,
      clock: () => t0,
      groupsOf: async (_: string, among: string[]) => (asked.push(among), []),
    };
    await decideRequest(needs, { id, user: "U0EVE", verdict: "approve" });
    await decideRequest(needs, { id, user: "U0EVE", verdict: "withdraw" });
    await decideRequest(needs, { id, user: "U0EVE", verdict: "break-glass", reason: "it burns" });
    expect(asked).toEqual([["S0PLATFORM"]]);
  });

  test("after its time it has expired, for everybody", async () => {
    const store = await aStore();
    await propose(store);
    const late = t0 + 3_600_000;
    expect(await decide(store, "U0BEN", "approve", { now: late })).toMatchObject({
      code: "expired",
      hint: "Ask again: /cert renew service-a",
    });
    expect(await store.requests.find(id)).toMatchObject({ state: "expired", decidedBy: null });
    expect(await decide(store, "U0CHEN", "approve", { now: late + 1 })).toMatchObject({ code: "expired" });
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
    const needs = {
      ...store,
      freezes,
      services: configured,
      mesh: null,
      firewall: null,
      clock: () => t0,
      groupsOf: async () => ["S0PLATFORM"],
    };
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
    expect(await passDeadlines(needs)).toEqual([id]);
    expect(await passDeadlines(needs)).toEqual([]);
    expect((await store.requests.list({ states: ["pending"] })).map((request) => request.id)).toEqual(["r-later222"]);
  });
});
