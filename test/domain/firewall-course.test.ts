import { describe, expect, test } from "vitest";
import { hclText } from "../../bot/adapters/cts/hcl-text.ts";
import { checksFor, unprovable } from "../../bot/domain/firewall/checks.ts";
import {
  contradiction,
  firewallReceipt,
  newCourse,
  notesOn,
  nothingSeen,
  unseen,
} from "../../bot/domain/firewall/course.ts";
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
    const homeless = policy.zones.map((zone) => (zone.name === "database" ? { ...zone, address: null } : zone));
    const network = aRule({ to: { cidrs: ["10.81.3.0/24"] } });
    expect(checks(anOpening({ rule: network }), nothing, { ...policy, zones: homeless })).toEqual([]);
    const close = { action: "close", ruleId: "f-aaaaaaaa", rule: aRule({ protocol: "udp" }) } as const;
    expect(checks(close, inForce(anOpening({ rule: close.rule })))).toEqual([]);
  });

  test("a whole network: at a host that is known to be in it, the zone's own first", () => {
    const { zones } = aFirewallPolicy();
    const rule = aRule({ to: { cidrs: ["10.81.3.0/24"] } });
    const request = aFirewallRequest(anOpening({ rule, addresses: {} }));
    const change = { plan: request.plan, id: request.id, before: nothing, after: withChange(nothing, request) };
    const tried = (ground: Parameters<typeof checksFor>[1]) => checksFor(change, ground)[0];
    expect(tried({ zones, hosts: ["10.81.3.9"] })).toMatchObject({ kind: "source", address: hosts.database });
    const homeless = zones.map((zone) => (zone.name === "database" ? { ...zone, address: null } : zone));
    expect(tried({ zones: homeless, hosts: ["10.81.1.7", "10.81.3.9"] })).toMatchObject({ address: "10.81.3.9" });
  });

  test("by UDP: only that it is open, for nothing that stays silent shows an end", () => {
    const request = aFirewallRequest(anOpening({ rule: aRule({ protocol: "udp" }) }));
    const change = { plan: request.plan, id: request.id, before: nothing, after: withChange(nothing, request) };
    expect(checksFor(change, aFirewallPolicy())).toMatchObject([
      { kind: "source", zone: "application", address: hosts.database, port: 5432, protocol: "udp", wanted: "open" },
    ]);
  });

  test("what other rules let through already is left aside where something else of it is new", () => {
    const first = inForce(anOpening());
    const wider = anOpening({ rule: aRule({ ports: { first: 5432, last: 5440 } }) });
    expect(checks(wider, first)[0]).toBe("source application 10.81.3.2:5433 open");
  });

  test.each<[Parameters<typeof aRule>[0], boolean, string | null]>([
    [{}, false, null],
    [{ to: { cidrs: ["10.81.3.0/24"] } }, false, null],
    [{ protocol: "udp" }, true, null],
    [{ protocol: "udp" }, false, "UDP does not answer a probe"],
    [{ from: { cidrs: ["10.81.2.9/32"] } }, true, "No prober stands at 10.81.2.9/32"],
    [{ to: { cidrs: ["10.81.3.128/25"] } }, true, "No host is known in 10.81.3.128/25"],
  ])("whether a packet can show %j, its counter read: %s", (changes, counted, why) => {
    const addresses = { database: [hosts.database] };
    const told = unprovable(aRule(changes), { addresses, ground: aFirewallPolicy(), counted });
    expect(told === null ? null : told.includes(why ?? "")).toBe(why === null ? null : true);
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

  test.each<[PacketCheck["after"][], string | null]>([
    [[seen("open")], null],
    [[seen("refused")], null],
    [[{ outcome: "counted", why: null }], null],
    [[seen("unknown")], "the prober is away"],
    [[null], "No prober stands where the rule is for."],
    [[], "No prober stands where the rule is for."],
  ])("%j leaves unseen what was opened: %s", (outcomes, why) => {
    const all = outcomes.map((after) => check({ after }));
    expect(unseen({ plan: anOpening() }, { checks: all })).toBe(why);
    expect(unseen({ plan: { action: "restore", rules: [] } }, { checks: all })).toBeNull();
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
        { ...newCourse(0), appliedAt: 1, resumedAt },
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
    expect(notesOn({ plan }, newCourse(0), nothingSeen)).toEqual([]);
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
