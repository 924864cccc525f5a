import { describe, expect, test } from "vitest";
import { hashOf } from "../../bot/domain/canonical.ts";
import { type Intention, ownOf, precedence, rulingOf } from "../../bot/domain/intention.ts";
import { describedBy, intentionMoves, type IntentionPlan, namedIn } from "../../bot/domain/intention-request.ts";
import { pairObjection, pairsIn } from "../../bot/domain/mesh.ts";
import { setBy } from "../../bot/domain/set-by.ts";
import { anIntention, aPolicy, pair } from "../support/intention-fixtures.ts";
import { aRequest } from "../support/renewal-fixtures.ts";

const intention = (source: string, destination: string, action: Intention["action"] = "deny"): Intention => ({
  source,
  destination,
  action,
  description: "",
});

describe("the one intention Consul goes by", () => {
  const [exact, anySource, anyDestination, everything] = [
    intention("a", "b"),
    intention("*", "b"),
    intention("a", "*"),
    intention("*", "*"),
  ];

  test("is the most exact one, and its destination counts for more than its source", () => {
    const left = [everything, anyDestination, anySource, exact];
    const order: (Intention | undefined)[] = [];
    while (left.length > 0) {
      const ruling = rulingOf(left, { source: "a", destination: "b" });
      order.push(ruling ?? undefined);
      left.splice(left.indexOf(ruling as Intention), 1);
    }
    expect(order).toEqual([exact, anySource, anyDestination, everything]);
    expect([exact, anySource, anyDestination, everything].map(precedence)).toEqual([3, 2, 1, 0]);
  });

  test("is none of another pair's: there Consul's default decides", () => {
    expect(rulingOf([exact, anySource], { source: "b", destination: "a" })).toBeNull();
    expect(ownOf([anySource, everything], { source: "a", destination: "b" })).toBeNull();
  });
});

describe("the plan of an intention", () => {
  const plan: IntentionPlan = { ...pair, action: "deny", before: "allow" };

  test.each<Partial<IntentionPlan>>([
    { source: "service-b" },
    { destination: "service-c" },
    { action: "allow" },
    { before: null },
    { before: "deny" },
  ])("its hash changes with %j", (change) => {
    expect(hashOf({ ...plan, ...change })).not.toBe(hashOf(plan));
  });

  test("moves when the pair's own intention is another than it was", () => {
    expect(intentionMoves(plan, intention("service-a", "service-b", "allow"))).toEqual([]);
    expect(intentionMoves({ ...plan, before: null }, null)).toEqual([]);
    expect(intentionMoves(plan, null)).toEqual(["service-a → service-b: allow is now no intention of its own"]);
    expect(intentionMoves({ ...plan, before: null }, intention("service-a", "service-b", "permissions"))).toEqual([
      "service-a → service-b: no intention of its own is now permissions",
    ]);
  });
});

describe("who set an intention", () => {
  const request = anIntention({ state: "enforced", decidedBy: "U0BEN", decidedAt: 5 });
  const theirs = { ...intention("service-a", "service-b"), description: describedBy(request) };

  test("stands in its description", () => {
    expect(namedIn(theirs)).toBe("i-abcd2345");
    expect(setBy(theirs, request)).toEqual({
      request: "i-abcd2345",
      requester: "U0ANA",
      reason: "rehearsal",
      approvedBy: "U0BEN",
      at: 5,
    });
  });

  test.each(["", "by certops", "request i-abcd2345,", "not by certops: request i-abcd2345,"])(
    "not in %j",
    (description) => {
      expect(namedIn({ description })).toBeNull();
    },
  );

  test.each([
    ["no such request", null],
    ["a renewal", aRequest({ id: "i-abcd2345" })],
    ["another request", { ...request, id: "i-other222" }],
    ["one that nobody approved", anIntention()],
    ["one that was denied", { ...request, state: "denied" as const }],
    ["one for the other", { ...request, plan: { ...request.plan, action: "allow" as const } }],
    ["one for another pair", { ...request, plan: { ...request.plan, source: "service-c" } }],
  ])("a description is not believed where there is %s", (_, named) => {
    expect(setBy(theirs, named)).toBeNull();
  });
});

describe("the mesh", () => {
  test("has each call in both directions, and none of a service to itself", () => {
    expect(pairsIn(aPolicy({ services: ["a", "b", "c"] }))).toHaveLength(6);
  });

  test.each([
    [{ source: "service-a", destination: "service-b" }, null],
    [{ source: "service-a", destination: "billing" }, "not-in-mesh"],
    [{ source: "nobody", destination: "service-b" }, "unknown-service"],
    [{ source: "service-b", destination: "service-b" }, "same-service"],
  ])("%j: %s", (wanted, code) => {
    expect(pairObjection(aPolicy(), ["billing"], wanted)?.code ?? null).toBe(code);
  });
});
