import { describe, expect, test } from "vitest";
import type { FirewallPlan, FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import { aboutFirewall, newFirewallReceipt } from "../../bot/domain/firewall/firewall-request.ts";
import { asWritten } from "../../bot/domain/firewall/as-written.ts";
import { foreignKeys, keysThat, standingKeys } from "../../bot/domain/firewall/foreign-keys.ts";
import { nextRevision, rulesetOf, rulesInForce, withChange } from "../../bot/domain/firewall/rules-in-force.ts";
import { digestOfKeys, sealIn, signatureKey } from "../../bot/domain/firewall/sealed-keys.ts";
import { candidate } from "../../bot/operations/firewall/candidate.ts";
import { aFirewallRequest, anOpening, aRule } from "../support/firewall-requests.ts";

let at = 0;

/** An ended request; `revision`: of its seal. */
function ended(
  id: string,
  plan: FirewallPlan,
  {
    revision,
    state = "applied",
    ruleset = null,
  }: { revision: number | null; state?: FirewallRequest["state"]; ruleset?: string | null },
): FirewallRequest {
  at += 1;
  const receipt = { ...newFirewallReceipt, revision, ruleset };
  return aFirewallRequest(plan, { id, state, createdAt: at, receipt, approvals: [{ user: "U0BEN", at }] });
}

const rule = aRule();
const opening = ended("f-aaaaaaaa", anOpening({ until: 100 }), { revision: 1 });

describe("the rules in force", () => {
  test("are those that were applied, in the order of their seals, whatever the order of their rows", () => {
    const closing = ended("f-bbbbbbbb", { action: "close", ruleId: "f-aaaaaaaa", rule }, { revision: 3 });
    const other = ended("f-cccccccc", anOpening(), { revision: 2 });
    for (const order of [
      [opening, closing, other],
      [closing, other, opening],
    ]) {
      const inForce = rulesInForce(order);
      expect([...inForce.rules.keys()]).toEqual(["f-cccccccc"]);
      expect(inForce).toMatchObject({ revision: 3, services: { database: ["10.81.3.2"] } });
    }
  });

  test("of a request that was taken back, denied or failed are none, yet its seal counts", () => {
    const back = ended("f-bbbbbbbb", anOpening(), { revision: 5, state: "rolled-back" });
    const denied = ended("f-cccccccc", anOpening(), { revision: null, state: "denied" });
    expect(rulesInForce([back, denied])).toEqual({ rules: new Map(), services: {}, pinned: [], revision: 5 });
  });

  test("end when they were extended to, and follow their service; a service that no rule names is forgotten", () => {
    const extending = ended(
      "f-bbbbbbbb",
      { action: "extend", ruleId: "f-aaaaaaaa", rule, before: 100, until: 900 },
      { revision: null },
    );
    const follow = {
      action: "follow",
      service: "database",
      before: ["10.81.3.2"],
      after: ["10.81.3.9", "10.81.3.3"],
    } as const;
    const following = ended(
      "f-cccccccc",
      { ...follow, before: [...follow.before], after: [...follow.after] },
      { revision: 2 },
    );
    const inForce = rulesInForce([extending, following, opening]);
    expect(inForce.rules.get("f-aaaaaaaa")).toMatchObject({ until: 900, approvedBy: ["U0BEN"], owner: "payments" });
    expect(inForce.services).toEqual({ database: ["10.81.3.3", "10.81.3.9"] });
    // The approval stands for where it was approved, wherever it is by now.
    expect(inForce.rules.get("f-aaaaaaaa")?.addresses).toEqual({ database: ["10.81.3.2"] });
    const closing = aFirewallRequest({ action: "close", ruleId: "f-aaaaaaaa", rule });
    expect(withChange(inForce, closing)).toMatchObject({ rules: new Map(), services: {} });
    expect(inForce.rules.size).toBe(1);
  });

  test("the router's digest is that of the last run, and unknown where that one read none", () => {
    const read = ended("f-bbbbbbbb", anOpening(), { revision: 2, ruleset: "abc" });
    expect(rulesetOf([read, opening])).toBe("abc");
    expect(rulesetOf([read, ended("f-cccccccc", anOpening(), { revision: 3 })])).toBeNull();
    expect(rulesetOf([])).toBeNull();
  });
});

test.each([
  ["the time", 7, 1_000, 0, 1_000],
  ["one more than stands, where the clock was put back", 5_000, 1_000, 0, 5_001],
  ["one more than this request had before", 7, 1_000, 2_000, 2_001],
])("the next revision is %s", (_, revision, now, besides, next) => {
  expect(nextRevision({ revision }, now, besides)).toBe(next);
});

describe("the keys in Consul", () => {
  const inForce = rulesInForce([opening]);

  test("of nothing are none, and otherwise the rules under a seal", () => {
    expect(standingKeys(rulesInForce([]))).toEqual({});
    const keys = standingKeys(inForce);
    expect(Object.keys(keys)).toEqual(["firewall/rules/f-aaaaaaaa", "firewall/seal"]);
    expect(sealIn(keys)).toMatchObject({ revision: 1 });
    expect(sealIn({})).toBeNull();
    expect(sealIn({ "firewall/seal": "bm8=" })).toBeNull();
  });

  test("that are not so are named: one too many, one too few, another value", () => {
    const keys = standingKeys(inForce);
    expect(foreignKeys(keys, keys)).toEqual([]);
    expect(foreignKeys({ ...keys, "firewall/x": "" }, keys)).toEqual([{ key: "firewall/x", how: "added" }]);
    expect(foreignKeys({}, keys)).toEqual(Object.keys(keys).map((key) => ({ key, how: "missing" })));
    const changed = foreignKeys({ ...keys, "firewall/seal": "other" }, keys);
    expect(changed).toEqual([{ key: "firewall/seal", how: "changed" }]);
    expect(keysThat("changed", changed)).toEqual(["firewall/seal"]);
    expect(keysThat("added", changed)).toEqual([]);
  });

  test("of a pinned service's rules hold its approved addresses, until a run in which it is not pinned", () => {
    const close: FirewallPlan = { action: "close", ruleId: "f-zzzzzzzz", rule };
    const closing = ended("f-bbbbbbbb", close, { revision: 2 });
    closing.receipt = closing.receipt && { ...closing.receipt, pinned: ["database"] };
    const pinned = rulesInForce([opening, closing]);
    expect(asWritten(pinned)).toMatchObject({ services: {} });
    expect(asWritten(pinned).rules.get("f-aaaaaaaa")?.rule).toMatchObject({ to: { cidrs: ["10.81.3.2/32"] } });
    expect(standingKeys(pinned)["firewall/rules/f-aaaaaaaa"]).not.toBe(
      standingKeys(inForce)["firewall/rules/f-aaaaaaaa"],
    );
    // What is signed is what stands.
    const { keys, seal } = candidate(pinned, 3);
    expect(seal).toEqual(sealIn(keys));
    const later = rulesInForce([opening, closing, ended("f-cccccccc", close, { revision: 3 })]);
    expect(asWritten(later)).toEqual({ rules: later.rules, services: { database: ["10.81.3.2"] } });
    // Nowhere is no network: such a rule lets nothing through, and is not written.
    expect(asWritten({ ...pinned, services: { database: [] } }).rules.size).toBe(0);
  });

  test("have one digest, in whatever order they come", () => {
    expect(digestOfKeys({ a: "1", b: "2" })).toBe(digestOfKeys({ b: "2", a: "1" }));
    expect(digestOfKeys({ a: "1", b: "2" })).not.toBe(digestOfKeys({ a: "1", b: "3" }));
    // Signed or not, they are the same rules.
    expect(digestOfKeys({ a: "1", [signatureKey]: "x" })).toBe(digestOfKeys({ a: "1" }));
  });
});

test("a rule's end is changed beside its closing, and nothing else of it is open twice", () => {
  const subject = (plan: FirewallPlan) => aboutFirewall({ plan }).subject;
  expect(subject(anOpening())).toBe("tcp from 10.81.2.2/32 to database port 5432");
  expect(subject({ action: "close", ruleId: "f-aaaaaaaa", rule })).toBe("f-aaaaaaaa");
  expect(subject({ action: "extend", ruleId: "f-aaaaaaaa", rule, before: 1, until: 2 })).toBe("end of f-aaaaaaaa");
  expect(aboutFirewall({ plan: anOpening() })).toMatchObject({
    services: ["database"],
    askAgain: "/firewall request 10.81.2.2 database tcp/5432",
  });
});
