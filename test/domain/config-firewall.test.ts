import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { sectionLoader } from "../support/config-section.ts";
import { dayMs } from "../support/firewall-fixtures.ts";

const section = () => ({
  cts: {
    address: "https://127.0.0.1:8558",
    task: "firewall",
    module: resolve("nomad/firewall"),
    variables: { network_namespace: "router" },
  },
  zones: {
    management: { cidrs: ["10.81.1.0/24"], prober: "https://127.0.0.1:9443", address: "10.81.1.2" },
    application: { cidrs: ["10.81.2.0/24", "10.81.20.5"], prober: "https://10.81.100.6:9443" },
    database: { cidrs: ["10.81.3.0/24"] },
  },
  router: "https://10.81.100.2:9444",
  self: "10.81.1.2",
  policy: { forbiddenPorts: ["23", "3389-3390", 25], apart: [["application", "database"]], largestRange: 16 },
  valid: "90d",
  longest: "365d",
  approval: { role: "approver", deadline: "1h" },
  look: "10s",
});

const { load, problems } = sectionLoader("firewall", section);

describe("the firewall in certops.yaml", () => {
  test("has CTS, zones, who reads the router, and the policy", () => {
    expect(load().firewall).toEqual({
      cts: section().cts,
      router: "https://10.81.100.2:9444",
      lookMs: 10_000,
      policy: {
        zones: [
          { name: "management", cidrs: ["10.81.1.0/24"], prober: "https://127.0.0.1:9443", address: "10.81.1.2" },
          {
            name: "application",
            cidrs: ["10.81.2.0/24", "10.81.20.5/32"],
            prober: "https://10.81.100.6:9443",
            address: null,
          },
          { name: "database", cidrs: ["10.81.3.0/24"], prober: null, address: null },
        ],
        forbiddenPorts: [
          { first: 23, last: 23 },
          { first: 3389, last: 3390 },
          { first: 25, last: 25 },
        ],
        apart: [["application", "database"]],
        unproven: false,
        largestRange: 16,
        valid: 90 * dayMs,
        longest: 365 * dayMs,
        self: "10.81.1.2",
        approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
      },
    });
  });

  test("may be missing", () => {
    expect(load((_, config) => delete config["firewall"]).firewall).toBeNull();
  });

  test.each<[string, Parameters<typeof load>[0], string]>([
    ["no Consul", (_, config) => delete config["consul"], "firewall: its rules stand in Consul, expected the section"],
    [
      "another role",
      (one) => (one.approval.role = "aprover"),
      "firewall.approval.role: no role aprover under roles: did you mean approver?",
    ],
    [
      "a network with bits of a host",
      (one) => (one.zones.database.cidrs = ["10.81.3.2/24"]),
      "firewall.zones.database.cidrs.0: 10.81.3.2/24 is not the address of a network.",
    ],
    [
      "two zones that meet",
      (one) => (one.zones.database.cidrs = ["10.81.2.128/25"]),
      "10.81.2.128/25 meets 10.81.2.0/24 of the zone application: an address has to be in one zone",
    ],
    [
      "a zone nobody knows",
      (one) => (one.policy.apart = [["outside", "databse"]]),
      "firewall.policy.apart.0: no zone databse under firewall.zones: did you mean database?",
    ],
    ["an address of its own in no zone", (one) => (one.self = "192.0.2.1"), "firewall.self: 192.0.2.1 lies in no zone"],
    [
      "a prober's address elsewhere",
      (one) => (one.zones.management.address = "10.81.2.9"),
      "firewall.zones.management.address: 10.81.2.9 is not in that zone",
    ],
    [
      "a port that is none",
      (one) => (one.policy.forbiddenPorts = ["70000"]),
      'found "70000", expected a port or a range',
    ],
    [
      "a longest shorter than the usual",
      (one) => (one.longest = "30d"),
      "firewall.valid: is longer than firewall.longest",
    ],
    ["a task's name that is a path", (one) => (one.cts.task = "../x"), "expected a task's name such as firewall"],
    [
      "a variable's name that is code",
      (one) => Object.assign(one.cts.variables, { 'x"': "y" }),
      "found the key x\", expected a variable's name",
    ],
    [
      "a key of somebody else's",
      (one) => Object.assign(one.cts.variables, { public_key: "MFkw" }),
      "firewall.cts.variables.public_key: is certops' own to say: leave it away",
    ],
    ["no largest range", (one) => Object.assign(one.policy, { largestRange: 0 }), "at least one port"],
  ])("%s is refused with where and what", (_, change, sentence) => {
    expect(problems(change)).toContain(sentence);
  });
});
