import { describe, expect, test } from "vitest";
import { hclText } from "../../bot/adapters/cts/hcl-text.ts";
import { checksFor } from "../../bot/domain/firewall/checks.ts";
import { contradiction, firewallReceipt, newCourse, notesOn, nothingSeen } from "../../bot/domain/firewall/course.ts";
import type { FirewallPlan } from "../../bot/domain/firewall/firewall-request.ts";
import type { PacketCheck, PacketSeen } from "../../bot/domain/firewall/packet.ts";
import { rulesInForce, withChange } from "../../bot/domain/firewall/rules-in-force.ts";
import { aFirewallPolicy, aFirewallRequest, anOpening, aRule, hosts } from "../support/firewall-requests.ts";

const nothing = rulesInForce([]);

function checks(plan: FirewallPlan, before = nothing, policy = aFirewallPolicy()) {
  const request = aFirewallRequest(plan);
  const found = checksFor({ plan, id: request.id, before, after: withChange(before, request) }, policy);
  return found.map(({ kind, zone, address, port, wanted }) => `${kind} ${zone} ${address}:${port} ${wanted}`);
}

const inForce = (plan = anOpening()) => withChange(nothing, aFirewallRequest(plan, { id: "f-aaaaaaaa" }));

describe("what is tried of a change", () => {
  test("a rule: its source open, other zones and the neighbouring ports closed", () => {
    expect(checks(anOpening())).toEqual([
      "source application 10.81.3.2:5432 open",
      "elsewhere management 10.81.3.2:5432 closed",
      "elsewhere outside 10.81.3.2:5432 closed",
      "neighbour application 10.81.3.2:5431 closed",
      "neighbour application 10.81.3.2:5433 closed",
    ]);
  });

  test("what other rules let through is not to be closed", () => {
    const wide = anOpening({ rule: aRule({ from: { cidrs: ["10.81.0.0/16"] }, ports: { first: 5432, last: 5433 } }) });
    expect(checks(anOpening(), inForce(wide))).toEqual([
      "source application 10.81.3.2:5432 open",
      "neighbour application 10.81.3.2:5431 closed",
    ]);
  });

  test("a closing: its source closed, unless another rule still lets it through", () => {
    const close = { action: "close", ruleId: "f-aaaaaaaa", rule: aRule() } as const;
    expect(checks(close, inForce())).toEqual(["source application 10.81.3.2:5432 closed"]);
    const second = withChange(inForce(), aFirewallRequest(anOpening(), { id: "f-bbbbbbbb" }));
    expect(checks(close, second)).toEqual(["source application 10.81.3.2:5432 open"]);
  });

  test("nothing where no prober stands, no single host is named, or nobody answers", () => {
    const policy = aFirewallPolicy();
    const unmanned = { ...policy, zones: policy.zones.map((zone) => ({ ...zone, prober: null })) };
    expect(checks(anOpening(), nothing, unmanned)).toEqual([]);
    expect(checks(anOpening({ rule: aRule({ to: { cidrs: ["10.81.3.0/24"] } }) }))).toEqual([]);
    expect(checks(anOpening({ rule: aRule({ protocol: "udp" }) }))).toEqual([]);
  });

  test("the lowest and the highest port have one neighbour", () => {
    const neighbours = (first: number, last: number) =>
      checks(anOpening({ rule: aRule({ ports: { first, last } }) })).filter((told) => told.startsWith("neighbour"));
    expect(neighbours(1, 5)).toEqual(["neighbour application 10.81.3.2:6 closed"]);
    expect(neighbours(65_000, 65_535)).toEqual(["neighbour application 10.81.3.2:64999 closed"]);
  });
});

describe("what was seen", () => {
  const seen = (outcome: PacketSeen["outcome"]): PacketSeen =>
    outcome === "unknown" ? { outcome, why: "the prober is away" } : { outcome, why: null };
  const check = (changes: Partial<PacketCheck>): PacketCheck => ({
    kind: "source",
    zone: "application",
    address: hosts.database,
    port: 5432,
    wanted: "open",
    before: seen("silent"),
    after: seen("open"),
    ...changes,
  });

  test.each<[Partial<PacketCheck>, string | null]>([
    [{}, null],
    [{ after: seen("refused") }, null],
    [{ after: seen("unknown") }, null],
    [
      { after: seen("silent") },
      "A connection from application to 10.81.3.2:5432 should pass now, and nothing answers.",
    ],
    [{ kind: "elsewhere", wanted: "closed", after: seen("silent") }, null],
    [
      { kind: "elsewhere", wanted: "closed" },
      "A connection from application to 10.81.3.2:5432 is not what the rule is for, and gets through.",
    ],
    [
      { kind: "neighbour", wanted: "closed", after: seen("refused") },
      "A connection from application to 10.81.3.2:5432 is beside its ports, and gets through.",
    ],
  ])("%j contradicts: %s", (changes, told) => {
    expect(contradiction({ checks: [check(changes)], held: null })).toBe(told);
  });

  test("a flow that goes on contradicts; one that nobody could see does not", () => {
    const held = { zone: "application", address: hosts.database, port: 5432, how: "" };
    expect(contradiction({ checks: [], held: { ...held, ended: false } })).toContain("is open still");
    expect(contradiction({ checks: [], held: { ...held, ended: null } })).toBeNull();
  });

  test("is told with what it does not show", () => {
    const plan = anOpening();
    const notes = (checks_: PacketCheck[], resumedAt: number[] = []) =>
      notesOn(
        { plan },
        { ...newCourse(0), resumedAt },
        { ...nothingSeen, checks: checks_, counter: { before: 0, after: 3 } },
      );
    expect(notes([check({})])).toEqual([]);
    expect(notes([check({ before: seen("open") })])).toEqual([
      "The path was open before already: that it is now shows nothing new.",
    ]);
    expect(notes([check({ after: seen("refused") })])).toEqual([
      "The firewall lets it through; nothing listens there.",
    ]);
    expect(notes([check({ after: seen("unknown") })])).toEqual([
      "No prober stands where the rule is for, or could try it: its counter went from 0 to 3.",
      "the prober is away",
    ]);
    expect(notes([check({})], [1, 2])).toEqual(["The bot was restarted 2 times meanwhile."]);
  });

  test("has its steps in the receipt, and what was taken back was not proven", () => {
    const request = aFirewallRequest(anOpening(), { createdAt: 10, decidedAt: 20 });
    const course = { ...newCourse(25), writtenAt: 30, runAt: 40, appliedAt: 50 };
    const names = (backAt: number | null) =>
      firewallReceipt({
        request,
        course: { ...course, backFor: backAt === null ? null : "why", backAt },
        seen: { ...nothingSeen, provenAt: 60 },
        revision: 1,
        problem: null,
      }).steps.map(({ name }) => name);
    expect(names(null)).toEqual(["requested", "approved", "written", "planned", "applied", "proven"]);
    expect(names(70)).toEqual(["requested", "approved", "written", "planned", "applied", "taken back"]);
  });
});

describe("a variable of the task, in HCL", () => {
  test.each([
    ["router", '"router"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["${file}%{if}", '"$${file}%%{if}"'],
    ["$5", '"$5"'],
  ])("%s", (value, text) => {
    expect(hclText(value)).toBe(text);
  });

  test("does not begin another one by a line end", () => {
    expect(() => hclText('router"\nevil = "x')).toThrow("A variable of the task holds a line end");
  });
});
