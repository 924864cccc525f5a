import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { encoded, sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import { APP, appToDatabase, DATABASE, FirewallWorld, services } from "../support/firewall-module-world.ts";
import { missingNetwork } from "../support/network.ts";

const missing = missingNetwork();
const owned = new AsyncDisposableStack();
let world: FirewallWorld;

beforeAll(async () => {
  if (missing === null) world = owned.use(await FirewallWorld.create());
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

describe("what is no rule", () => {
  let before: string;

  beforeAll(async () => {
    if (missing !== null) return;
    await world.enforce({ "app-db": appToDatabase }, { services });
    before = await world.ruleset();
  });

  const notInForm: Record<string, object> = {
    "another protocol": { protocol: "icmp" },
    "a protocol with a tail": { protocol: "tcp accept" },
    "a port as text": { ports: { first: "443", last: 443 } },
    "a port with a tail": { ports: { first: 443, last: "443 accept" } },
    "half a port": { ports: { first: 443.5, last: 444 } },
    "no network": { from: { cidrs: [] } },
    IPv6: { from: { cidrs: ["2001:db8::/32"] } },
    "a set in a network": { from: { cidrs: ["10.0.0.0/8 } ; flush ruleset"] } },
    "a line in a network": { from: { cidrs: ["10.0.0.0/8\nflush ruleset"] } },
    "a quote in a network": { from: { cidrs: ['10.0.0.0/8", "0.0.0.0/0'] } },
    "a template in a network": { from: { cidrs: ['${file("/etc/passwd")}'] } },
    "a service with a tail": { to: { service: "database accept" } },
    "a service with a line": { to: { service: "database\nflush ruleset" } },
    "a service and networks": { to: { service: "database", cidrs: [`${DATABASE}/32`] } },
    "a field too many": { except: { cidrs: [`${APP}/32`] } },
    "a field too few": { ports: undefined },
    "a field of another kind": { from: `${APP}/32` },
  };
  const inForm: Record<string, object> = {
    "a port beyond the last": { ports: { first: 443, last: 65_536 } },
    "port zero": { ports: { first: 0, last: 443 } },
    "ports the wrong way round": { ports: { first: 444, last: 443 } },
    "an address without its length": { from: { cidrs: [APP] } },
    "a network named by its host": { from: { cidrs: [`${APP}/24`] } },
    "an address that is none": { from: { cidrs: ["10.81.1.256/32"] } },
    "a length that is none": { to: { cidrs: ["10.0.0.0/33"] } },
    "one wrong network of two": { to: { cidrs: ["10.0.0.0/8", "10.1.2.3/8"] } },
  };
  const ids = ["a/b", "A", "1", "a b", "a.b", "-a", "é", ""];
  const values = {
    "not-base64": "{}",
    "not-json": Buffer.from("rule").toString("base64"),
    "no-object": encoded(null),
    "a-list": encoded([appToDatabase]),
    empty: "",
  };

  function rulesWith(wrong: Record<string, object>): Record<string, FirewallRule> {
    const rules = Object.entries(wrong).map(([what, fields]) => [
      what.replaceAll(" ", "-").toLowerCase(),
      { ...appToDatabase, ...fields } as FirewallRule,
    ]);
    return Object.fromEntries([["right", appToDatabase], ...rules]) as Record<string, FirewallRule>;
  }

  /** What the plan says when it names every key but the two that are right. */
  function complaint(keys: Record<string, string>): string {
    const { "firewall/seal": _seal, "firewall/rules/right": _right, ...wrong } = keys;
    const named = Object.keys(wrong).toSorted((a, b) => (a < b ? -1 : 1));
    return `Not a rule: ${named.map((key) => JSON.stringify(key)).join(", ")}. Nothing was changed.`;
  }

  async function planFails(...args: string[]): Promise<string> {
    const { code, output } = await world.firewall.plan(...args);
    expect(code).toBe(1);
    expect(await world.ruleset()).toBe(before);
    return output.replaceAll(/\s+/g, " ");
  }

  test("stops the plan, and each entry is named that is not in the form of one", async () => {
    const named = Object.fromEntries(ids.map((id) => [id, appToDatabase]));
    const others = Object.entries(values).map(([id, value]) => [`firewall/rules/${id}`, value]);
    const keys = {
      ...sealedKeys({ ...rulesWith(notInForm), ...named }, { services }),
      ...Object.fromEntries([...others, ["firewall/other", encoded({})]]),
    } as Record<string, string>;
    world.firewall.write(keys, services);
    expect(await planFails()).toContain(complaint(keys));
  });

  test("stops the plan, and each rule is named whose ports or networks are none", async () => {
    const keys = sealedKeys(rulesWith(inForm), { services });
    world.firewall.write(keys, services);
    expect(await planFails()).toContain(complaint(keys));
  });

  test("stops the plan, and an entry is named that holds two rules, though they are sealed as two", async () => {
    const sealed = sealedKeys({ right: appToDatabase, second: appToDatabase, third: appToDatabase }, { services });
    const { "firewall/rules/third": third = "", ...keys } = sealed;
    const texts = [keys["firewall/rules/second"] ?? "", third].map((value) => Buffer.from(value, "base64").toString());
    keys["firewall/rules/second"] = Buffer.from(texts.join(',"firewall/rules/third":')).toString("base64");
    world.firewall.write(keys, services);
    expect(await planFails()).toContain(complaint(keys));
  });

  // What CTS writes unescaped into HCL: these do not even reach the module.
  test.for([
    ["a quote in a key", 'firewall/rules/a" = "b', "eA=="],
    ["a quote in a value", "firewall/rules/a", '{"a":1}'],
    ["a variable in a value", "firewall/rules/a", "${var.services}"],
    ["a call in a value", "firewall/rules/a", '${file("/etc/passwd")}'],
    ["a line end in a value", "firewall/rules/a", "a\nb"],
  ] as const)("%s stops the plan", async ([, key, value]) => {
    world.firewall.write({ ...sealedKeys({ "app-db": appToDatabase }, { services }), [key]: value }, services);
    expect(await planFails()).toContain("Error: ");
  });

  test("a service that is not at an IPv4 address is named", async () => {
    const addresses = [
      "10.81.2.2; flush ruleset",
      "database.internal",
      "",
      "2001:db8::1",
      "10.81.2.2/0",
      "10.81.2.2 }",
    ];
    const moved = Object.fromEntries(addresses.map((address, index) => [`service-${index}`, [address]]));
    const rules = Object.keys(moved).map((service) => [service, { ...appToDatabase, to: { service } }]);
    world.firewall.write(sealedKeys(Object.fromEntries(rules), { services: moved }), moved);
    const list = Object.keys(moved).join(", ");
    expect(await planFails()).toContain(`Not every instance has an IPv4 address: ${list}. Nothing was changed.`);
  });

  test.for(["../router", "router; id", "a\nb"])("a router cannot be called %j", async (router) => {
    world.firewall.write(sealedKeys({ "app-db": appToDatabase }, { services }), services);
    const told = await planFails("-var", `network_namespace=${router}`);
    expect(told).toContain("The name of a network namespace is made of letters");
  });
});
