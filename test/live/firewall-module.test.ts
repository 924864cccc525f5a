import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encoded, type FirewallRule, sealedKeys, type ServiceAddresses } from "../support/firewall-rules.ts";
import { FirewallWorkspace } from "../support/firewall-workspace.ts";
import type { Host } from "../support/host.ts";
import { missingNetwork, Network } from "../support/network.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { missingTerraform, terraformHere } from "../support/terraform.ts";

const APP = "10.81.1.2";
const DATABASE = "10.81.2.2";
const PORT = 5432;

const appToDatabase: FirewallRule = {
  from: { cidrs: [`${APP}/32`] },
  to: { service: "database" },
  protocol: "tcp",
  ports: { first: PORT, last: PORT },
};
const appToBackup: FirewallRule = {
  ...appToDatabase,
  to: { cidrs: [`${DATABASE}/32`] },
  ports: { first: 7000, last: 7001 },
};
const services = { database: [DATABASE] };

const terraform = await terraformHere();
const missing = terraform === null ? missingTerraform : missingNetwork();

const owned = new AsyncDisposableStack();
let network: Network;
let app: Host;
let outsider: Host;
let firewall: FirewallWorkspace;

beforeAll(async () => {
  if (terraform === null || missing !== null) return;
  const folder = owned.use(temporaryFolder());
  network = owned.use(await Network.create());
  app = await network.addHost("app", 1);
  const database = await network.addHost("database", 2);
  outsider = await network.addHost("outsider", 3);
  for (const port of [PORT, PORT - 1, 7000, 7001]) await database.listen(port);
  firewall = await FirewallWorkspace.create(network, terraform, folder.path);
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

async function enforce(
  rules: Record<string, FirewallRule>,
  options: { services?: ServiceAddresses; revision?: number } = {},
): Promise<void> {
  firewall.write(sealedKeys(rules, options), options.services);
  const { code, output } = await firewall.apply();
  expect(output).toContain("Apply complete!");
  expect(code).toBe(0);
}

/** Packets that each rule let through, by the rule's id; and those that were dropped. */
async function counted(): Promise<Record<string, number>> {
  const listed = await network.in("router", ["nft", "-j", "list", "counters"]);
  const { nftables } = JSON.parse(listed) as { nftables: { counter?: { name: string; packets: number } }[] };
  return Object.fromEntries(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
}

function ruleset(): Promise<string> {
  return network.in("router", ["nft", "--stateless", "list", "ruleset"]);
}

describe("what is open", () => {
  test("nothing, when nothing was approved", async () => {
    await enforce({});
    expect(await app.reach(DATABASE, PORT)).toBe("silent");
  });

  test("exactly what a rule says, and its counter moves", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    expect(await app.reach(DATABASE, PORT)).toBe("open");
    expect(await app.reach(DATABASE, PORT - 1)).toBe("silent");
    expect(await outsider.reach(DATABASE, PORT)).toBe("silent");
    const { "rule-app-db": passed = 0, dropped = 0 } = await counted();
    expect(passed).toBeGreaterThan(0);
    expect(dropped).toBeGreaterThan(0);
  });

  test("a service at the addresses that it has now", async () => {
    await enforce({ "app-db": appToDatabase }, { services: { database: ["10.81.2.77"] } });
    expect(await app.reach(DATABASE, PORT)).toBe("silent");
    await enforce({ "app-db": appToDatabase }, { services });
    expect(await app.reach(DATABASE, PORT)).toBe("open");
  });

  test("every port of a range, from every network of a list, however they overlap", async () => {
    const from = { cidrs: ["10.81.0.0/16", "10.81.1.0/24", "192.168.0.0/16"] };
    await enforce({ wide: { ...appToBackup, from } });
    for (const port of [7000, 7001]) expect(await app.reach(DATABASE, port)).toBe("open");
    expect(await outsider.reach(DATABASE, 7001)).toBe("open");
    expect(await app.reach(DATABASE, PORT)).toBe("silent");
  });

  test("a service with no instance: nothing", async () => {
    await enforce({ "app-db": appToDatabase }, { services: { database: [] } });
    expect(await app.reach(DATABASE, PORT)).toBe("silent");
  });
});

describe("a second run", () => {
  test("changes nothing", async () => {
    await enforce({ "app-db": appToDatabase, backup: appToBackup }, { services });
    const before = await ruleset();
    const { code, output } = await firewall.plan();
    expect(output).toContain("No changes.");
    expect(code).toBe(0);
    expect(await ruleset()).toBe(before);
  });

  test("puts back what was flushed behind its back, when the revision is raised", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    const before = await ruleset();
    await network.in("router", ["nft", "flush", "table", "inet", "certops"]);
    expect((await firewall.plan()).output).toContain("No changes.");
    await enforce({ "app-db": appToDatabase }, { services, revision: 2 });
    expect(await ruleset()).toBe(before);
  });

  test("removes what somebody else put into the table", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    const before = await ruleset();
    for (const added of [
      "rule inet certops flows accept",
      "counter inet certops other",
      "set inet certops others { type ipv4_addr; }",
    ])
      await network.in("router", ["nft", "add", ...added.split(" ")]);
    await enforce({ "app-db": appToDatabase }, { services, revision: 2 });
    expect(await ruleset()).toBe(before);
  });

  test("tells the change in its plan, and nothing of the other rules", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    firewall.write(sealedKeys({ "app-db": appToDatabase, backup: appToBackup }, { services }), services);
    const { code, output } = await firewall.plan();
    expect(code).toBe(2);
    expect(output).toMatch(/\+ backup = "tcp from 10\.81\.1\.2\/32 to 10\.81\.2\.2\/32 port 7000-7001"/);
    expect(output).not.toContain("app-db");
  });
});

describe("other rules come and go", () => {
  test("a rule's flows live on and its counter counts on", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    const { connection, outcome } = await app.connect(DATABASE, PORT);
    expect(outcome).toBe("open");
    const { "rule-app-db": before = 0 } = await counted();
    await enforce({ "app-db": appToDatabase, backup: appToBackup }, { services });
    expect((await counted())["rule-app-db"]).toBeGreaterThanOrEqual(before);
    await enforce({ "app-db": appToDatabase }, { services });
    expect(await app.say(connection)).toBe("answered");
    expect((await counted())["rule-app-db"]).toBeGreaterThan(before);
  });

  test("no connection fails while rules are replaced", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    let replaced = false;
    const replacing = (async () => {
      for (let revision = 2; revision < 6; revision++)
        await enforce({ "app-db": appToDatabase, [`other-${revision}`]: appToBackup }, { services, revision });
      replaced = true;
    })();
    const outcomes = new Set<string>();
    let tries = 0;
    for (; !replaced; tries++) outcomes.add(await app.reach(DATABASE, PORT));
    await replacing;
    expect(tries).toBeGreaterThan(10);
    expect([...outcomes]).toEqual(["open"]);
  });
});

describe("a removed rule", () => {
  test("leaves nothing behind, and ends the flow that is still open", async () => {
    await enforce({ "app-db": appToDatabase, backup: appToBackup }, { services });
    const cut = await app.connect(DATABASE, 7000);
    const kept = await app.connect(DATABASE, PORT);
    expect([await app.say(cut.connection), await app.say(kept.connection)]).toEqual(["answered", "answered"]);
    await enforce({ "app-db": appToDatabase }, { services });
    expect(await app.say(cut.connection)).toBe("ECONNRESET");
    expect(await app.say(kept.connection)).toBe("answered");
    expect(await app.reach(DATABASE, 7000)).toBe("silent");
    expect(await ruleset()).not.toContain("backup");
    expect((await counted())["ended"]).toBeGreaterThan(0);
  });

  test("nothing at all in the store closes everything", async () => {
    await enforce({ "app-db": appToDatabase }, { services });
    firewall.write({}, services);
    expect((await firewall.apply()).output).toContain("Apply complete!");
    expect(await app.reach(DATABASE, PORT)).toBe("silent");
    expect(await ruleset()).not.toMatch(/rule-|service-/);
  });
});

describe("what nft refuses", () => {
  test("leaves all of the old rules, and is tried again by the next run", async () => {
    await enforce({ backup: appToBackup });
    await network.in("router", ["nft", "add", "set", "inet", "certops", "service-database", "{ type inet_service; }"]);
    const before = await ruleset();
    firewall.write(sealedKeys({ "app-db": appToDatabase }, { services }), services);
    const failed = await firewall.apply();
    expect(failed.output).toContain("local-exec provisioner error");
    expect(failed.code).toBe(1);
    expect(await ruleset()).toBe(before);
    expect(await app.reach(DATABASE, 7000)).toBe("open");
    await network.in("router", ["nft", "delete", "set", "inet", "certops", "service-database"]);
    expect((await firewall.plan()).output).toContain("is tainted, so must be replaced");
    expect((await firewall.apply()).output).toContain("Apply complete!");
    expect(await app.reach(DATABASE, PORT)).toBe("open");
  });
});

describe("what was not approved", () => {
  const evil: FirewallRule = { ...appToDatabase, from: { cidrs: ["0.0.0.0/0"] } };

  beforeEach(() => enforce({ "app-db": appToDatabase }, { services, revision: 1 }));

  /** What the run says that changes nothing. */
  async function refusal(): Promise<string> {
    const before = await ruleset();
    const { code, output } = await firewall.apply();
    expect(code).toBe(1);
    expect(await ruleset()).toBe(before);
    expect(await outsider.reach(DATABASE, PORT)).toBe("silent");
    return output.replaceAll(/\s+/g, " ");
  }

  test.for([
    ["a rule beside the approved ones", "evil", encoded(evil)],
    ["an approved rule, altered", "app-db", encoded(evil)],
    // CTS writes values as they are. This one ends its own text and goes on with an entry of its own, well-formed.
    [
      "a rule smuggled in by a value",
      "app-db",
      `${encoded(appToDatabase)}"\n  "firewall/rules/evil" = "${encoded(evil)}`,
    ],
  ] as const)("%s", async ([, id, value]) => {
    const approved = sealedKeys({ "app-db": appToDatabase }, { services });
    firewall.write({ ...approved, [`firewall/rules/${id}`]: value }, services);
    expect(await refusal()).toMatch(
      /not the rules and addresses that were approved: sealed [0-9a-f]{64}, found [0-9a-f]{64}\. Nothing was changed\./,
    );
  });

  test("an address that has moved", async () => {
    firewall.write(sealedKeys({ "app-db": appToDatabase }, { services }), { database: [DATABASE, "10.81.3.2"] });
    expect(await refusal()).toContain("not the rules and addresses that were approved");
  });

  test("rules without a seal", async () => {
    const { "firewall/seal": _, ...unsealed } = sealedKeys({ "app-db": appToDatabase }, { services });
    firewall.write(unsealed, services);
    expect(await refusal()).toContain("not the rules and addresses that were approved");
  });
});

describe("what is no rule", () => {
  let before: string;

  beforeAll(async () => {
    if (missing !== null) return;
    await enforce({ "app-db": appToDatabase }, { services });
    before = await ruleset();
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
    const { code, output } = await firewall.plan(...args);
    expect(code).toBe(1);
    expect(await ruleset()).toBe(before);
    return output.replaceAll(/\s+/g, " ");
  }

  test("stops the plan, and each entry is named that is not in the form of one", async () => {
    const named = Object.fromEntries(ids.map((id) => [id, appToDatabase]));
    const others = Object.entries(values).map(([id, value]) => [`firewall/rules/${id}`, value]);
    const keys = {
      ...sealedKeys({ ...rulesWith(notInForm), ...named }, { services }),
      ...Object.fromEntries([...others, ["firewall/other", encoded({})]]),
    } as Record<string, string>;
    firewall.write(keys, services);
    expect(await planFails()).toContain(complaint(keys));
  });

  test("stops the plan, and each rule is named whose ports or networks are none", async () => {
    const keys = sealedKeys(rulesWith(inForm), { services });
    firewall.write(keys, services);
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
    firewall.write({ ...sealedKeys({ "app-db": appToDatabase }, { services }), [key]: value }, services);
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
    firewall.write(sealedKeys(Object.fromEntries(rules), { services: moved }), moved);
    const list = Object.keys(moved).join(", ");
    expect(await planFails()).toContain(`Not every instance has an IPv4 address: ${list}. Nothing was changed.`);
  });

  test.for(["../router", "router; id", "a\nb"])("a router cannot be called %j", async (router) => {
    firewall.write(sealedKeys({ "app-db": appToDatabase }, { services }), services);
    const told = await planFails("-var", `network_namespace=${router}`);
    expect(told).toContain("The name of a network namespace is made of letters");
  });
});
