import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import {
  appToBackup,
  appToDatabase,
  DATABASE,
  FirewallWorld,
  PORT,
  services,
} from "../support/firewall-module-world.ts";
import { missingNetwork } from "../support/network.ts";
import { watchNft } from "../support/nft-watch.ts";

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

describe("a second run", () => {
  test("changes nothing", async () => {
    await world.enforce({ "app-db": appToDatabase, backup: appToBackup }, { services });
    const before = await world.ruleset();
    const { code, output } = await world.firewall.plan();
    expect(output).toContain("No changes.");
    expect(code).toBe(0);
    expect(await world.ruleset()).toBe(before);
  });

  test("of which Terraform has not noted the first applies nothing twice", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    await using nft = await watchNft(world.network.enter("router"));
    expect((await world.firewall.apply({ unnoted: true })).output).toContain("1 added, 0 changed, 1 destroyed");
    expect(await nft.seen()).not.toContain("certops");
  });

  test("puts back what was flushed behind its back, when the revision is raised", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    const before = await world.ruleset();
    await world.network.in("router", ["nft", "flush", "table", "inet", "certops"]);
    expect((await world.firewall.plan()).output).toContain("No changes.");
    await world.enforce({ "app-db": appToDatabase }, { services });
    expect(await world.ruleset()).toBe(before);
  });

  test("removes what somebody else put into the table", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    const before = await world.ruleset();
    for (const added of [
      "rule inet certops flows accept",
      "counter inet certops other",
      "set inet certops others { type ipv4_addr; }",
    ])
      await world.network.in("router", ["nft", "add", ...added.split(" ")]);
    await world.enforce({ "app-db": appToDatabase }, { services });
    expect(await world.ruleset()).toBe(before);
  });

  test("tells the change in its plan, and nothing of the other rules", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    world.firewall.write(sealedKeys({ "app-db": appToDatabase, backup: appToBackup }, { services }), services);
    const { code, output } = await world.firewall.plan();
    expect(code).toBe(2);
    expect(output).toMatch(/\+ backup = "tcp from 10\.81\.1\.2\/32 to 10\.81\.2\.2\/32 port 7000-7001"/);
    expect(output).not.toContain("app-db");
  });
});

describe("what nft refuses", () => {
  test("leaves all of the old rules, and is tried again by the next run", async () => {
    await world.enforce({ backup: appToBackup });
    await world.network.in("router", [
      "nft",
      "add",
      "set",
      "inet",
      "certops",
      "service-database",
      "{ type inet_service; }",
    ]);
    const before = await world.ruleset();
    world.firewall.write(world.signed({ "app-db": appToDatabase }, { services }), services);
    const failed = await world.firewall.apply();
    expect(failed.output).toContain("local-exec provisioner error");
    expect(failed.code).toBe(1);
    expect(await world.ruleset()).toBe(before);
    expect(await world.app.reach(DATABASE, 7000)).toBe("open");
    await world.network.in("router", ["nft", "delete", "set", "inet", "certops", "service-database"]);
    expect((await world.firewall.plan()).output).toContain("is tainted, so must be replaced");
    expect((await world.firewall.apply()).output).toContain("Apply complete!");
    expect(await world.app.reach(DATABASE, PORT)).toBe("open");
  });
});
