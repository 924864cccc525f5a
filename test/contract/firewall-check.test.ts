import { beforeEach, describe, expect, test } from "vitest";
import { checkAccess } from "../../bot/operations/firewall/check-access.ts";
import { askForRule, ruleInForce } from "../support/firewall-asking.ts";
import { aFirewallGround, type FirewallGround, opened } from "../support/firewall-desk.ts";

let ground: FirewallGround;
beforeEach(async () => {
  ground = await aFirewallGround();
});

describe("checking who may reach what", () => {
  const check = (from: string, to: string, ports: string) => checkAccess(ground.needs, { from, to, ports });

  test("closed: no rule lets it through, and probers try nothing that nobody asked for", async () => {
    expect(await check("service-a", "service-b", "8443")).toMatchObject({
      verdict: "closed",
      by: [],
      tried: [],
      untried: "Probers try single addresses, and only what a rule or an open request names.",
    });
    expect(ground.tried).toEqual([]);
  });

  test("of many ports and addresses, only the packet that a rule names is tried", async () => {
    await ruleInForce(ground);
    await check("service-a", "10.81.3.2,10.81.3.9", "8000-9000");
    expect(ground.tried).toEqual(["application 10.81.3.2:8443"]);
  });

  test("closed from elsewhere: what a rule leads to is tried from there too", async () => {
    await ruleInForce(ground);
    expect(await check("management", "service-b", "8000-9000")).toMatchObject({
      verdict: "closed",
      tried: [{ zone: "management", address: "10.81.3.2", port: 8443, seen: { outcome: "silent" } }],
      untried: null,
    });
    expect(ground.tried).toEqual(["management 10.81.3.2:8443"]);
  });

  test("what certops.yaml forbids is said with it; of what is open nothing is", async () => {
    ground.policy = { ...ground.policy, apart: [["management", "database"]] };
    expect(await check("management", "service-b", "8443")).toMatchObject({
      objection: "The zones management and database may never meet.",
    });
    expect(await check("service-a", "service-b", "8443")).toMatchObject({ verdict: "closed", objection: null });
  });

  test("open: by which rule, and what a packet shows now", async () => {
    const { id } = await ruleInForce(ground);
    ground.packets["10.81.3.2:8443"] = { outcome: "open", why: null };
    expect(await check("service-a", "service-b", "tcp/8443")).toMatchObject({
      verdict: "open",
      by: [{ id }],
      stopped: null,
      tried: [{ zone: "application", address: "10.81.3.2", port: 8443, seen: { outcome: "open" } }],
      untried: null,
    });
    expect(ground.tried).toEqual(["application 10.81.3.2:8443"]);
  });

  test("in part: one packet that passes and one that is dropped", async () => {
    await ruleInForce(ground);
    expect(await check("application", "service-b", "8443")).toMatchObject({
      verdict: "partly",
      through: { from: "10.81.2.2" },
      stopped: { from: "10.81.2.4" },
    });
  });

  test("what waits for a decision is named, and may be tried", async () => {
    const waiting = opened(await askForRule(ground));
    expect(await check("service-a", "service-b", "8443")).toMatchObject({
      verdict: "closed",
      open: [{ id: waiting.id }],
      tried: [{ seen: { outcome: "silent" } }],
    });
  });

  test("who else may reach it is named", async () => {
    const { id: other } = await ruleInForce(ground, { from: "management" });
    expect(await check("service-a", "service-b", "8443")).toMatchObject({ verdict: "closed", others: [{ id: other }] });
  });

  test("a router that is not as it was approved is told, whatever the rules say", async () => {
    const { id } = await ruleInForce(ground);
    ground.router = { digest: "1", counters: {}, rules: [id], gaps: [], aside: [] };
    expect(await check("service-a", "service-b", "8443")).toMatchObject({ drifted: null });
    ground.router = { ...ground.router, rules: [], gaps: ["no-table"] };
    expect(await check("service-a", "service-b", "8443")).toMatchObject({
      verdict: "open",
      drifted: { gaps: ["no-table"], missing: [] },
    });
  });

  test("within a zone there is no firewall", async () => {
    expect(await check("service-a", "10.81.2.9", "8443")).toMatchObject({
      verdict: "same-zone",
      stopped: null,
      tried: [],
    });
    expect(ground.tried).toEqual([]);
  });

  test.each([
    ["service-a", "servce-b", "8443", "unknown-name"],
    ["service-a", "service-b", "https", "bad-port"],
  ])("%s %s %s is refused: %s", async (from, to, ports, code) => {
    expect(await check(from, to, ports)).toMatchObject({ refused: true, code });
  });
});
