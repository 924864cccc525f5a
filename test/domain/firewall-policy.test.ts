import { describe, expect, test } from "vitest";
import { isHidden } from "../../bot/domain/firewall/hidden.ts";
import { policyObjection } from "../../bot/domain/firewall/policy-objection.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import { validityObjection, validityOf } from "../../bot/domain/firewall/validity.ts";
import type { Valid } from "../../bot/domain/firewall/wish.ts";
import { addresses, aFirewallPolicy, anAppliedRule, aRule, dayMs } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const policy = aFirewallPolicy();
const cidrs = (...list: string[]) => ({ cidrs: list });
const objection = (changes: Partial<FirewallRule>, at = addresses) => policyObjection(policy, aRule(changes), at);

describe("what certops.yaml has against a rule", () => {
  test("nothing against one between two zones on a port that is allowed", () => {
    expect(objection({})).toBeNull();
    expect(objection({ from: cidrs("10.81.1.0/24"), ports: { first: 8000, last: 8015 } })).toBeNull();
  });

  test.each<[Partial<FirewallRule>, string, string, string]>([
    [{ ports: { first: 23, last: 23 } }, "ports", "forbidden-port", "Port 23 may not be opened."],
    [
      { ports: { first: 3380, last: 3389 } },
      "ports",
      "forbidden-port",
      "Among 3380-3389 is a port that may not be opened.",
    ],
    [
      { ports: { first: 8000, last: 8016 } },
      "ports",
      "range-too-large",
      "8000-8016 are 17 ports, and one rule may open 16 at most.",
    ],
    [{ from: cidrs("192.0.2.1/32") }, "from", "no-zone", "192.0.2.1 lies in no zone of certops.yaml."],
    [
      { to: cidrs("10.81.2.0/23") },
      "to",
      "several-zones",
      "10.81.2.0/23 reaches beyond the zone application and database.",
    ],
    [{ from: cidrs("10.81.4.7/32") }, "to", "zones-apart", "The zones outside and database may never meet."],
    [
      { from: { service: "service-b" }, to: cidrs("10.81.4.0/24") },
      "to",
      "zones-apart",
      "The zones database and outside may never meet.",
    ],
    [{ to: cidrs("10.81.2.9/32") }, "to", "same-zone", "service-a and 10.81.2.9/32 are both in the zone application."],
  ])("%j is refused at %s: %s", (changes, field, code, message) => {
    expect(objection(changes)).toMatchObject({ refused: true, field, code, message });
  });

  test("one network among several that is kept apart is enough", () => {
    expect(objection({ from: cidrs("10.81.1.2/32", "10.81.4.2/32") })).toMatchObject({ code: "zones-apart" });
  });

  test("an instance that has moved out of every zone is named with its address", () => {
    expect(objection({}, { ...addresses, "service-b": ["10.81.3.2", "172.16.0.4"] })).toMatchObject({
      field: "to",
      message: "service-b at 172.16.0.4 lies in no zone of certops.yaml.",
    });
  });
});

describe("how long", () => {
  const of = (valid: Valid | null, startsAt: number | null = null) => {
    const validity = validityOf(policy, { valid, startsAt }, t0);
    return { validity, objection: validityObjection(policy, { asked: startsAt, validity }, t0) };
  };

  test("90 days where nothing is said; from its beginning, where that is later", () => {
    expect(of(null)).toEqual({ validity: { startsAt: null, until: t0 + 90 * dayMs }, objection: null });
    expect(of(null, t0 + dayMs)).toEqual({
      validity: { startsAt: t0 + dayMs, until: t0 + 91 * dayMs },
      objection: null,
    });
  });

  test("for good only in so many words; today is at once", () => {
    expect(of("forever").validity).toEqual({ startsAt: null, until: null });
    expect(of({ forMs: dayMs }, t0 - 3_600_000)).toMatchObject({ validity: { startsAt: null }, objection: null });
  });

  test.each<[Valid, number | null, string, string]>([
    [{ forMs: 366 * dayMs }, null, "valid", "It would be open for 366 d; the longest is 365 d."],
    [{ until: t0 + 5_000 * dayMs }, null, "valid", "It would be open for 5000 d; the longest is 365 d."],
    [{ until: t0 }, null, "valid", "It would be over already."],
    [{ until: t0 + dayMs }, t0 + 2 * dayMs, "valid", "It would be over before it begins."],
    [{ forMs: dayMs }, t0 - 2 * dayMs, "start", "That day is over."],
    [{ forMs: dayMs }, t0 + 400 * dayMs, "start", "It would begin only in 400 d."],
  ])("%j from %s is refused at %s: %s", (valid, startsAt, field, message) => {
    expect(of(valid, startsAt).objection).toMatchObject({ field, message });
  });

  test("too long says what to ask for instead", () => {
    expect(of({ forMs: 366 * dayMs }).objection?.hint).toBe(
      "Ask for 365 d and extend it later, or say forever, which takes two approvers.",
    );
  });
});

describe("a host that the firewall hides from the bot", () => {
  const nothing = rulesInForce([]);
  const look = { address: "10.81.3.2", port: 8443, code: "ETIMEDOUT" };

  test("lies in another zone, and nothing comes back from it", () => {
    expect(isHidden(policy, look, nothing)).toBe(true);
  });

  test.each([
    ["it answers", { ...look, code: null }],
    ["it refuses", { ...look, code: "ECONNREFUSED" }],
    ["it is in the bot's own zone", { ...look, address: "10.81.1.9" }],
    ["it is in no zone", { ...look, address: "192.0.2.1" }],
  ])("not where %s", (_, seen) => {
    expect(isHidden(policy, seen, nothing)).toBe(false);
  });

  test("not where a rule lets the bot through: then something else is wrong", () => {
    const open = anAppliedRule("f-aaaaaaaa", aRule({ from: cidrs("10.81.1.2/32") }));
    expect(isHidden(policy, look, rulesInForce([open]))).toBe(false);
    expect(isHidden(policy, { ...look, port: 8444 }, rulesInForce([open]))).toBe(true);
  });
});
