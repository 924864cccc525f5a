import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  appToBackup,
  appToDatabase,
  DATABASE,
  FirewallWorld,
  PORT,
  services,
} from "../support/firewall-module-world.ts";
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

describe("what is open", () => {
  test("nothing, when nothing was approved", async () => {
    await world.enforce({});
    expect(await world.app.reach(DATABASE, PORT)).toBe("silent");
  });

  test("exactly what a rule says, and its counter moves", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    expect(await world.app.reach(DATABASE, PORT)).toBe("open");
    expect(await world.app.reach(DATABASE, PORT - 1)).toBe("silent");
    expect(await world.outsider.reach(DATABASE, PORT)).toBe("silent");
    const { "rule-app-db": passed = 0, dropped = 0 } = await world.counted();
    expect(passed).toBeGreaterThan(0);
    expect(dropped).toBeGreaterThan(0);
  });

  test("a service at the addresses that it has now", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services: { database: ["10.81.2.77"] } });
    expect(await world.app.reach(DATABASE, PORT)).toBe("silent");
    await world.enforce({ "app-db": appToDatabase }, { services });
    expect(await world.app.reach(DATABASE, PORT)).toBe("open");
  });

  test("every port of a range, from every network of a list, however they overlap", async () => {
    const from = { cidrs: ["10.81.0.0/16", "10.81.1.0/24", "192.168.0.0/16"] };
    await world.enforce({ wide: { ...appToBackup, from } });
    for (const port of [7000, 7001]) expect(await world.app.reach(DATABASE, port)).toBe("open");
    expect(await world.outsider.reach(DATABASE, 7001)).toBe("open");
    expect(await world.app.reach(DATABASE, PORT)).toBe("silent");
  });

  test("a service with no instance: nothing", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services: { database: [] } });
    expect(await world.app.reach(DATABASE, PORT)).toBe("silent");
  });
});

describe("other rules come and go", () => {
  test("a rule's flows live on and its counter counts on", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    const { connection, outcome } = await world.app.connect(DATABASE, PORT);
    expect(outcome).toBe("open");
    const { "rule-app-db": before = 0 } = await world.counted();
    await world.enforce({ "app-db": appToDatabase, backup: appToBackup }, { services });
    expect((await world.counted())["rule-app-db"]).toBeGreaterThanOrEqual(before);
    await world.enforce({ "app-db": appToDatabase }, { services });
    expect(await world.app.say(connection)).toBe("answered");
    expect((await world.counted())["rule-app-db"]).toBeGreaterThan(before);
  });

  test("no connection fails while rules are replaced", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    let replaced = false;
    const replacing = (async () => {
      for (const other of ["one", "two", "three", "four"])
        await world.enforce({ "app-db": appToDatabase, [other]: appToBackup }, { services });
      replaced = true;
    })();
    const outcomes = new Set<string>();
    let tries = 0;
    for (; !replaced; tries++) outcomes.add(await world.app.reach(DATABASE, PORT));
    await replacing;
    expect(tries).toBeGreaterThan(10);
    expect([...outcomes]).toEqual(["open"]);
  });
});

describe("a removed rule", () => {
  test("leaves nothing behind, and ends the flow that is still open", async () => {
    await world.enforce({ "app-db": appToDatabase, backup: appToBackup }, { services });
    const cut = await world.app.connect(DATABASE, 7000);
    const kept = await world.app.connect(DATABASE, PORT);
    expect([await world.app.say(cut.connection), await world.app.say(kept.connection)]).toEqual([
      "answered",
      "answered",
    ]);
    await world.enforce({ "app-db": appToDatabase }, { services });
    expect(await world.app.say(cut.connection)).toBe("ECONNRESET");
    expect(await world.app.say(kept.connection)).toBe("answered");
    expect(await world.app.reach(DATABASE, 7000)).toBe("silent");
    expect(await world.ruleset()).not.toContain("backup");
    expect((await world.counted())["ended"]).toBeGreaterThan(0);
  });

  test("no rule at all closes everything", async () => {
    await world.enforce({ "app-db": appToDatabase }, { services });
    await world.enforce({});
    expect(await world.app.reach(DATABASE, PORT)).toBe("silent");
    expect(await world.ruleset()).not.toMatch(/rule-|service-/);
  });
});
