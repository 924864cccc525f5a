import { describe, expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { approversNeeded } from "../../bot/domain/approval.ts";
import type { FirewallPlan, FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { readInForce } from "../../bot/operations/firewall/in-force.ts";
import { letGo } from "../../bot/operations/firewall/let-go.ts";
import { proposeExtension } from "../../bot/operations/firewall/propose-extension.ts";
import { proposeRemoval } from "../../bot/operations/firewall/propose-removal.ts";
import { reapplyRules } from "../../bot/operations/firewall/reapply-rules.ts";
import type { WishFields } from "../../bot/domain/firewall/wish.ts";
import { anIntention } from "../support/intention-fixtures.ts";
import { askForRule } from "../support/firewall-asking.ts";
import { aFirewallGround, carriedOut, type FirewallGround, opened } from "../support/firewall-desk.ts";
import { aFirewallPolicy, aFirewallRequest, aRule, dayMs, toOpen } from "../support/firewall-fixtures.ts";
import { aRequest, t0 } from "../support/renewal-fixtures.ts";

const groupsOf = async (user: string) => (["U0BEN", "U0CHEN", "U0EVE"].includes(user) ? ["S0PLATFORM"] : []);

async function asked(changes: Partial<WishFields> = {}): Promise<{ ground: FirewallGround; request: FirewallRequest }> {
  const ground = await aFirewallGround();
  const request = opened(await askForRule(ground, changes));
  return { ground, request };
}

interface Click {
  user?: string;
  verdict?: "approve" | "deny";
}

const decide = (ground: FirewallGround, id: string, { user = "U0BEN", verdict = "approve" }: Click = {}) =>
  decideRequest(
    {
      ...ground.store,
      services: new Map(),
      mesh: null,
      firewall: ground.needs.firewall,
      clock: () => ground.now,
      groupsOf,
    },
    { id, user, verdict, reason: "because" },
  );

const found = async (store: Store, id: string) => store.requests.find(id);

describe("how many have to approve", () => {
  const extend = (until: number | null): FirewallPlan => ({
    action: "extend",
    ruleId: "f-abcd2345",
    rule: aRule(),
    before: t0,
    until,
  });

  test.each<[string, number, Parameters<typeof approversNeeded>[0]]>([
    ["a rule with an end", 1, aFirewallRequest()],
    ["a rule for good", 2, aFirewallRequest({ plan: toOpen({ until: null }) })],
    ["an extension to a day", 1, aFirewallRequest({ plan: extend(t0 + dayMs) })],
    ["an extension for good", 2, aFirewallRequest({ plan: extend(null) })],
    ["a removal", 1, aFirewallRequest({ plan: { action: "close", ruleId: "f-abcd2345", rule: aRule() } })],
    ["a renewal", 1, aRequest()],
    ["an intention", 1, anIntention()],
  ])("%s: %i", (_, needed, request) => {
    expect(approversNeeded(request)).toBe(needed);
  });
});

describe("deciding on a rule", () => {
  test("an approver makes the job, once, and is remembered", async () => {
    const { ground, request } = await asked();
    expect(await decide(ground, request.id)).toMatchObject({
      changed: true,
      request: { state: "approved", decidedBy: "U0BEN", approvals: [{ user: "U0BEN", at: t0 }] },
    });
    expect(await found(ground.store, request.id)).toMatchObject({ approvals: [{ user: "U0BEN", at: t0 }] });
    expect(await decide(ground, request.id, { user: "U0CHEN", verdict: "deny" })).toMatchObject({ changed: false });
    expect(await ground.store.jobs.claim("bot", t0, 1_000)).toMatchObject({ request: request.id });
  });

  test.each([
    ["U0ANA", "self-approval"],
    ["U0DANA", "not-approver"],
  ])("%s may not: %s", async (user, code) => {
    const { ground, request } = await asked();
    expect(await decide(ground, request.id, { user })).toMatchObject({ code });
  });

  test("nobody may once the firewall has left certops.yaml", async () => {
    const { ground, request } = await asked();
    const without = { ...ground.store, services: new Map(), mesh: null, firewall: null, clock: () => t0, groupsOf };
    expect(await decideRequest(without, { id: request.id, user: "U0BEN", verdict: "approve" })).toMatchObject({
      code: "not-managed",
    });
  });

  test("an address that moved since it was asked for makes it void, and says from where to where", async () => {
    const { ground, request } = await asked();
    ground.catalog["service-b"] = ["10.81.3.3"];
    expect(await decide(ground, request.id)).toMatchObject({
      code: "plan-moved",
      message: expect.stringContaining("service-b is at 10.81.3.3 now, and was at 10.81.3.2"),
    });
    expect(await found(ground.store, request.id)).toMatchObject({ state: "void" });
    expect(await ground.store.jobs.claim("bot", t0, 1_000)).toBeNull();
  });

  test("a rule whose end came before anybody decided it is void", async () => {
    const { ground, request } = await asked({ valid: "5m" });
    ground.now += 300_000;
    expect(await decide(ground, request.id)).toMatchObject({
      code: "plan-moved",
      message: expect.stringContaining("its end has come"),
    });
    expect(await ground.store.jobs.claim("bot", ground.now, 1_000)).toBeNull();
  });

  test("a policy that forbids it by now makes it void", async () => {
    const { ground, request } = await asked();
    ground.policy = aFirewallPolicy({ forbiddenPorts: [{ first: 8443, last: 8443 }] });
    expect(await decide(ground, request.id)).toMatchObject({
      code: "plan-moved",
      message: expect.stringContaining("Port 8443 may not be opened"),
    });
  });

  test("a policy that forbids its rule by now makes an extension void: the rule ends as it did", async () => {
    const { ground, request } = await asked();
    await carriedOut(ground.store, request);
    const asking = { rule: request.id, requester: "U0ANA", reason: "test" };
    const extension = opened(await proposeExtension(ground.needs, { ...asking, valid: "30d" }));
    ground.policy = aFirewallPolicy({ forbiddenPorts: [{ first: 8443, last: 8443 }] });
    expect(await decide(ground, extension.id)).toMatchObject({
      code: "plan-moved",
      message: `${extension.id} is void. The plan moved since it was asked for: Port 8443 may not be opened.`,
      hint: `Nothing was written. See how it stands: /firewall show ${request.id}`,
    });
    expect(await ground.store.jobs.claim("bot", t0, 1_000)).toBeNull();
    expect((await readInForce(ground.needs)).rules.get(request.id)?.until).toBe(t0 + 90 * dayMs);
  });

  test("a rule that is gone or has another end by now: its removal and its extension are void", async () => {
    const { ground, request } = await asked();
    await carriedOut(ground.store, request);
    const asking = { rule: request.id, requester: "U0ANA", reason: "test" };
    const extension = opened(await proposeExtension(ground.needs, { ...asking, valid: "30d" }));
    await decide(ground, extension.id, { verdict: "deny" });
    ground.now += 1_000;
    const removal = opened(await proposeRemoval(ground.needs, asking));
    await carriedOut(ground.store, removal, ground.now);
    expect(await proposeExtension(ground.needs, { ...asking, valid: "30d" })).toMatchObject({ code: "not-open" });
  });
});

describe("a rule for good", () => {
  test("takes two people: after the first it still waits, drawn anew; the second makes the job", async () => {
    const { ground, request } = await asked({ valid: "forever" });
    const { store } = ground;
    expect(await decide(ground, request.id)).toMatchObject({
      changed: true,
      request: { state: "pending", decidedBy: null, approvals: [{ user: "U0BEN" }] },
    });
    expect(await store.jobs.claim("bot", t0, 1_000)).toBeNull();
    expect((await store.audit.about(request.id)).at(-1)).toMatchObject({
      action: "request.approved-in-part",
      actor: "U0BEN",
      detail: { needed: 2 },
    });
    ground.now += 1_000;
    expect(await decide(ground, request.id, { user: "U0CHEN" })).toMatchObject({
      request: { state: "approved", decidedBy: "U0CHEN", approvals: [{ user: "U0BEN" }, { user: "U0CHEN" }] },
    });
    expect(await store.jobs.claim("bot", ground.now, 1_000)).toMatchObject({ request: request.id });
    const keys = [];
    for (
      let item = await store.outbox.claim(ground.now, 1_000);
      item;
      item = await store.outbox.claim(ground.now, 1_000)
    ) {
      keys.push(item.key);
      await store.outbox.done(item.id);
    }
    expect(keys).toEqual([
      `request:${request.id}:pending`,
      `request:${request.id}:approved-in-part:0`,
      `request:${request.id}:approved`,
    ]);
  });

  test("the same person twice is one person", async () => {
    const { ground, request } = await asked({ valid: "forever" });
    await decide(ground, request.id);
    expect(await decide(ground, request.id)).toMatchObject({
      refused: true,
      code: "already-approved",
      message: `You have approved ${request.id} already, and it takes two.`,
    });
    expect(await found(ground.store, request.id)).toMatchObject({ state: "pending", approvals: [{ user: "U0BEN" }] });
  });

  test("one who denies is enough, also one who approved before", async () => {
    const { ground, request } = await asked({ valid: "forever" });
    await decide(ground, request.id);
    expect(await decide(ground, request.id, { verdict: "deny" })).toMatchObject({ request: { state: "denied" } });
  });

  test("two who click at once both count; of three one is told that it was decided", async () => {
    for (const users of [
      ["U0BEN", "U0CHEN"],
      ["U0BEN", "U0CHEN", "U0EVE"],
    ]) {
      const { ground, request } = await asked({ valid: "forever" });
      const answers = await Promise.all(users.map((user) => decide(ground, request.id, { user })));
      expect(answers.filter(isRefusal)).toEqual([]);
      const after = await found(ground.store, request.id);
      expect(after).toMatchObject({ state: "approved" });
      expect(new Set(after?.approvals.map(({ user }) => user)).size).toBe(2);
    }
  });

  test("ten clicks of one person at once are one approval", async () => {
    const { ground, request } = await asked({ valid: "forever" });
    await Promise.all(Array.from({ length: 10 }, () => decide(ground, request.id)));
    expect(await found(ground.store, request.id)).toMatchObject({ state: "pending", approvals: [{ user: "U0BEN" }] });
  });

  test("the first approval does not outlive the request's time", async () => {
    const { ground, request } = await asked({ valid: "forever" });
    await decide(ground, request.id);
    ground.now = request.expiresAt;
    expect(await decide(ground, request.id, { user: "U0CHEN" })).toMatchObject({ code: "expired" });
  });

  test("what moved between the first and the second makes it void", async () => {
    const { ground, request } = await asked({ valid: "forever" });
    await decide(ground, request.id);
    ground.catalog["service-b"] = ["10.81.3.3"];
    expect(await decide(ground, request.id, { user: "U0CHEN" })).toMatchObject({ code: "plan-moved" });
  });
});

describe("before it ends", () => {
  test("its owner lets it go: noted, nothing changes; somebody else may not", async () => {
    const { ground, request } = await asked({ owner: "<@U0CHEN>" });
    await carriedOut(ground.store, request);
    const needs = { ...ground.store, clock: () => t0 };
    expect(await letGo(needs, { id: request.id, user: "U0DANA" })).toMatchObject({ code: "not-owner" });
    expect(await letGo(needs, { id: request.id, user: "U0CHEN" })).toMatchObject({ id: request.id });
    expect((await ground.store.audit.about(request.id)).at(-1)).toMatchObject({
      action: "firewall.let-go",
      actor: "U0CHEN",
    });
    expect((await ground.store.requests.list({ kind: "firewall" })).map(({ state }) => state)).toEqual(["applied"]);
  });

  test("of a rule that a team owns anybody may say so", async () => {
    const { ground, request } = await asked({ owner: "payments" });
    await carriedOut(ground.store, request);
    expect(await letGo({ ...ground.store, clock: () => t0 }, { id: request.id, user: "U0DANA" })).toMatchObject({
      owner: "payments",
    });
  });
});

describe("re-applying after a drift", () => {
  test.each([
    ["U0DANA", { code: "not-approver" }, []],
    ["U0BEN", { kind: "firewall" }, ["U0BEN"]],
  ])("by %s", async (user, answer, restored) => {
    const { ground } = await asked();
    const by: string[] = [];
    const restore = async (wanted: { user: string }) => {
      by.push(wanted.user);
      return aFirewallRequest();
    };
    expect(await reapplyRules({ ...ground.needs, groupsOf, restore }, { user })).toMatchObject(answer);
    expect(by).toEqual(restored);
  });

  test("while nobody knows who is an approver nothing is re-applied", async () => {
    const { ground } = await asked();
    const unknown = {
      groupsOf: () => Promise.reject(new Error("away")),
      restore: () => Promise.reject(new Error("no")),
    };
    expect(await reapplyRules({ ...ground.needs, ...unknown }, { user: "U0BEN" })).toMatchObject({
      code: "directory-unavailable",
    });
  });
});
