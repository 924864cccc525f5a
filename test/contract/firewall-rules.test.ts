import { beforeEach, describe, expect, test } from "vitest";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { listRules } from "../../bot/operations/firewall/list-rules.ts";
import { proposeExtension } from "../../bot/operations/firewall/propose-extension.ts";
import { proposeRemoval } from "../../bot/operations/firewall/propose-removal.ts";
import { ruleHistory } from "../../bot/operations/firewall/rule-history.ts";
import { showRule } from "../../bot/operations/firewall/show-rule.ts";
import { askForRule, ruleInForce } from "../support/firewall-asking.ts";
import { aFirewallGround, carriedOut, type FirewallGround, opened } from "../support/firewall-desk.ts";
import { aRule, dayMs } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

let ground: FirewallGround;
beforeEach(async () => {
  ground = await aFirewallGround();
});

const asking = { requester: "U0ANA", reason: "no longer needed" };

describe("a rule in force", () => {
  test("is listed with its end and owner, the soonest end first, and what is asked for beside it", async () => {
    const { id: later } = await ruleInForce(ground);
    const { id: sooner } = await ruleInForce(ground, { ports: "tcp/8444", valid: "7d", owner: "@payments" });
    const { id: forGood } = await ruleInForce(ground, { ports: "tcp/8445", valid: "forever" });
    opened(await askForRule(ground, { ports: "tcp/8446" }));
    const { rules, open: waiting } = await listRules(ground.store, "");
    expect(rules).toMatchObject([
      { id: sooner, owner: "payments", until: t0 + 7 * dayMs },
      { id: later, owner: "U0ANA", until: t0 + 90 * dayMs },
      { id: forGood, until: null },
    ]);
    expect(waiting).toHaveLength(1);
  });

  test.each([
    ["service-a", 2],
    ["payments", 1],
    ["@payments", 1],
    ["<@U0ANA|ana>", 2],
    ["10.81.3.2", 3],
    ["10.81.1.7", 1],
    ["10.81.1.0/24", 1],
    ["10.81.4.0/24", 0],
    ["billing", 0],
  ])("the list about %s has %i", async (about, count) => {
    await ruleInForce(ground);
    await ruleInForce(ground, { ports: "tcp/8444", owner: "payments" });
    ground.policy = { ...ground.policy, unproven: true };
    await ruleInForce(ground, { from: "10.81.1.7" });
    expect((await listRules(ground.store, about)).rules).toHaveLength(count);
  });

  test("beside the list about something stands what is asked for of it alone", async () => {
    const { id } = await ruleInForce(ground, { owner: "payments" });
    const asked = opened(await askForRule(ground, { from: "management", ports: "tcp/8446", owner: "billing" }));
    const removal = opened(await proposeRemoval(ground.needs, { rule: id, ...asking }));
    const open = async (about: string) => (await listRules(ground.store, about)).open.map((one) => one.id).toSorted();
    const both = [asked.id, removal.id].toSorted();
    expect(await open("")).toEqual(both);
    expect(await open("service-b")).toEqual(both);
    expect(await open("10.81.3.2")).toEqual(both);
    expect(await open("billing")).toEqual([asked.id]);
    expect(await open("payments")).toEqual([removal.id]);
    expect(await open("10.81.1.2")).toEqual([asked.id]);
    expect(await open("10.81.4.2")).toEqual([]);
  });

  test("is shown with what the router counted, and without it where the router does not answer", async () => {
    const { id } = await ruleInForce(ground);
    const counters = { [id]: { packets: 41, bytes: 9_000 } };
    ground.router = { digest: "1", counters, rules: [id], gaps: [], aside: [] };
    expect(await showRule(ground.needs, id)).toMatchObject({
      inForce: { id },
      counter: { packets: 41 },
      enforced: true,
      history: [{ id }],
    });
    ground.router = new Error("away");
    expect(await showRule(ground.needs, id)).toMatchObject({ inForce: { id }, counter: null, enforced: null });
    expect(await showRule(ground.needs, "f-nothing2")).toMatchObject({ code: "not-found" });
  });

  test("may be asked to close before its end, once at a time", async () => {
    const { id } = await ruleInForce(ground);
    expect(opened(await proposeRemoval(ground.needs, { rule: id.toUpperCase(), ...asking }))).toMatchObject({
      plan: { action: "close", ruleId: id, rule: aRule() },
    });
    expect(await proposeRemoval(ground.needs, { rule: id, ...asking })).toMatchObject({ code: "already-open" });
  });

  test.each(["remove", "extend"] as const)("%s of a rule that is not there says what may be meant", async (verb) => {
    const { id } = await ruleInForce(ground);
    const near = `${id.slice(0, -1)}${id.endsWith("a") ? "b" : "a"}`;
    const propose = (rule: string) =>
      verb === "remove"
        ? proposeRemoval(ground.needs, { rule, ...asking })
        : proposeExtension(ground.needs, { rule, valid: "", ...asking });
    expect(await propose(near)).toMatchObject({ code: "unknown-rule", hint: `Did you mean ${id}?` });
    const pending = opened(await askForRule(ground, { ports: "tcp/8444" }));
    expect(await propose(pending.id)).toMatchObject({
      code: "not-open",
      message: `${pending.id} is not open yet: its request is pending.`,
    });
    ground.now += 1_000;
    const removal = opened(await proposeRemoval(ground.needs, { rule: id, ...asking }));
    expect(await propose(removal.id)).toMatchObject({ code: "not-open", hint: `The rule: /firewall show ${id}` });
    await carriedOut(ground.store, removal, ground.now);
    expect(await propose(id)).toMatchObject({
      code: "not-open",
      message: `${id} was closed.`,
      hint: "Ask for it anew: /firewall request service-a service-b tcp/8443 <reason>",
    });
  });

  test.each<[string, number | null]>([
    ["", t0 + 180 * dayMs],
    ["30d", t0 + 120 * dayMs],
    ["2027-06-30", Date.UTC(2027, 6, 1)],
    ["forever", null],
  ])("may be asked to stay open longer: %j", async (valid, until) => {
    const { id } = await ruleInForce(ground);
    expect(opened(await proposeExtension(ground.needs, { rule: id, valid, ...asking }))).toMatchObject({
      plan: { action: "extend", ruleId: id, before: t0 + 90 * dayMs, until },
    });
  });

  test.each([
    ["2026-12-01", "not-longer"],
    ["300d", "too-long"],
    ["soon", "bad-validity"],
  ])("an extension of %s is refused: %s", async (valid, code) => {
    const { id } = await ruleInForce(ground);
    expect(await proposeExtension(ground.needs, { rule: id, valid, ...asking })).toMatchObject({ refused: true, code });
  });

  test("what certops.yaml no longer allows ends as agreed: an extension is refused", async () => {
    const { id } = await ruleInForce(ground);
    ground.policy = { ...ground.policy, forbiddenPorts: [{ first: 8443, last: 8443 }] };
    expect(await proposeExtension(ground.needs, { rule: id, valid: "30d", ...asking })).toMatchObject({
      code: "forbidden-port",
    });
    expect(ground.learnt).toHaveLength(1);
  });

  test("one without end cannot be extended", async () => {
    const { id } = await ruleInForce(ground, { valid: "forever" });
    expect(await proposeExtension(ground.needs, { rule: id, valid: "", ...asking })).toMatchObject({
      code: "has-no-end",
      hint: `To close it: /firewall remove ${id}`,
    });
  });

  test("its history is every request about it, by its id or by a service; of nothing it says so", async () => {
    const { id } = await ruleInForce(ground);
    ground.now += 1_000;
    const removal = opened(await proposeRemoval(ground.needs, { rule: id, ...asking }));
    const ids = async (about: string) => {
      const history = await ruleHistory(ground.store, about);
      return isRefusal(history) ? history.code : history.requests.map((request) => request.id);
    };
    expect(await ids(id)).toEqual([removal.id, id]);
    expect(await ids("service-a")).toEqual([removal.id, id]);
    expect(await ids("")).toEqual([removal.id, id]);
    expect(await ids("billing")).toBe("not-found");
  });
});
