import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { encoded, sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import { appToDatabase, DATABASE, FirewallWorld, PORT, services } from "../support/firewall-module-world.ts";
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

describe("what was not approved", () => {
  const evil: FirewallRule = { ...appToDatabase, from: { cidrs: ["0.0.0.0/0"] } };

  beforeEach(() => world.enforce({ "app-db": appToDatabase }, { services, revision: 1 }));

  /** What the run says that changes nothing. */
  async function refusal(): Promise<string> {
    const before = await world.ruleset();
    const { code, output } = await world.firewall.apply();
    expect(code).toBe(1);
    expect(await world.ruleset()).toBe(before);
    expect(await world.outsider.reach(DATABASE, PORT)).toBe("silent");
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
    world.firewall.write({ ...approved, [`firewall/rules/${id}`]: value }, services);
    expect(await refusal()).toMatch(
      /not the rules and addresses that were approved: sealed [0-9a-f]{64}, found [0-9a-f]{64}\. Nothing was changed\./,
    );
  });

  test("an address that has moved", async () => {
    world.firewall.write(sealedKeys({ "app-db": appToDatabase }, { services }), { database: [DATABASE, "10.81.3.2"] });
    expect(await refusal()).toContain("not the rules and addresses that were approved");
  });

  test("rules without a seal", async () => {
    const { "firewall/seal": _, ...unsealed } = sealedKeys({ "app-db": appToDatabase }, { services });
    world.firewall.write(unsealed, services);
    expect(await refusal()).toContain("not the rules and addresses that were approved");
  });
});
