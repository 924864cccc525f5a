import { describe, expect, test } from "vitest";
import { watchedAt } from "../../bot/domain/endpoint.ts";
import { estateOver } from "../../bot/domain/estate.ts";
import { anExpiryWorld, day, type ExpiryWorld, leaf } from "../support/expiry-world.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const standing = async ({ notices }: ExpiryWorld) =>
  (await notices.standing()).map(({ notice }) => [notice.subject, notice.level]);

describe("what ends", () => {
  test("is told once at each threshold, and what was told before then points below", async () => {
    const world = await anExpiryWorld();
    await world.serve(leaf("ending", 29), "service-a/a-1", "service-a/a-2");
    await world.look();
    await world.look();
    expect(await standing(world)).toEqual([["service-a", "30 d"]]);
    expect(await world.told()).toHaveLength(1);

    world.time.now = t0 + 23 * day;
    await world.look();
    await world.look();
    expect(await standing(world)).toEqual([["service-a", "7 d"]]);
    const [before, after] = await world.told();
    expect(await world.notices.toldIn(String(before?.payload.id))).toMatchObject({
      notices: [{ over: { why: "again" } }],
    });
    expect(await world.notices.toldIn(String(after?.payload.id))).toMatchObject({
      notices: [{ told: ["30 d", "7 d"], endings: [{ where: "a-1" }, { where: "a-2" }] }],
    });
    expect((await world.store.audit.about("service-a")).map(({ action }) => action)).toEqual([
      "expiry.told",
      "expiry.told",
    ]);
  });

  test("after a week in which nobody looked is told once, with all it crossed", async () => {
    const world = await anExpiryWorld();
    await world.serve(leaf("ending", 5), "service-a/a-1");
    world.time.now = t0 + 6 * day;
    await world.look();
    expect(await standing(world)).toEqual([["service-a", "expired"]]);
    expect(await world.told()).toHaveLength(1);
  });

  test("closes by itself once every instance serves what ends later, and stays while one does not", async () => {
    const world = await anExpiryWorld();
    await world.serve(leaf("ending", 5), "service-a/a-1", "service-a/a-2");
    await world.look();
    const [told] = await world.told();
    world.time.now += 60_000;
    await world.serve(leaf("renewed", 90), "service-a/a-1");
    await world.look();
    expect(await world.notices.standing()).toMatchObject([{ notice: { endings: [{ where: "a-2" }] } }]);
    await world.serve(leaf("renewed too", 89), "service-a/a-2");
    await world.look();
    expect(await world.notices.standing()).toEqual([]);
    expect(await world.notices.toldIn(String(told?.payload.id))).toMatchObject({
      notices: [{ over: { why: "renewed", until: t0 + 89 * day } }],
    });
  });

  test("out of reach stays told, and is said to be", async () => {
    const world = await anExpiryWorld();
    await world.serve(leaf("ending", 5), "service-a/a-1");
    await world.look();
    world.time.now += 60_000;
    await world.silence("service-a/a-1");
    await world.look();
    expect(await world.notices.standing()).toMatchObject([{ notice: { endings: [{ unreachedSince: t0 + 60_000 }] } }]);
  });

  test("where only watched is over once its catalog lists it elsewhere, and stays while the catalog lists nothing", async () => {
    const world = await anExpiryWorld();
    const name = "ledger-db";
    const place = { kind: "consul", service: name, tag: "tls" } as const;
    const at = (...hosts: string[]) => ({
      catalog: place,
      serverName: "db.test",
      protocol: "https" as const,
      endpoints: hosts.map((host) => watchedAt({ host, port: 8443, serverName: "db.test", protocol: "https" })),
    });
    const catalogs = new Map([[name, at("10.0.3.2")]]);
    world.estate = estateOver(new Map(), world.estate, catalogs);
    await world.serve(leaf("there", 5), "10.0.3.2:8443/db.test");
    await world.look();
    const told = [["10.0.3.2:8443/db.test", "7 d"]];
    expect(await standing(world)).toEqual(told);
    catalogs.set(name, at());
    await world.look();
    expect(await standing(world)).toEqual(told);
    catalogs.set(name, at("10.0.3.3"));
    world.time.now = t0 + 6 * day;
    await world.look();
    expect(await standing(world)).toEqual([]);
    const [first] = await world.told();
    expect(await world.notices.toldIn(String(first?.payload.id))).toMatchObject({
      notices: [{ over: { why: "gone" } }],
    });
  });

  test("of a service whose catalog has not answered yet stays as it was told", async () => {
    const world = await anExpiryWorld();
    await world.serve(leaf("ending", 5), "service-a/a-1");
    await world.look();
    const { services } = world.estate;
    world.estate = { ...world.estate, services: services.map((one) => ({ ...one, endpoints: [] })) };
    await world.look();
    expect(await standing(world)).toEqual([["service-a", "7 d"]]);
    world.estate = { ...world.estate, services: services.filter(({ name }) => name !== "service-a") };
    await world.look();
    expect(await standing(world)).toEqual([]);
  });

  test("of the ground is told too, and stands while nobody has looked at the ground", async () => {
    const world = await anExpiryWorld();
    const root = {
      name: "root",
      where: "root.pem",
      certificate: null,
      notBefore: t0 - 900 * day,
      notAfter: t0 + 5 * day,
      problem: null,
      at: t0,
    } as const;
    world.ground = [root];
    await world.look();
    world.ground = null;
    await world.look();
    expect(await standing(world)).toEqual([["root", "7 d"]]);
    world.ground = [{ ...root, notAfter: t0 + 900 * day }];
    await world.look();
    expect(await standing(world)).toEqual([]);
  });

  test("of several looks at once is told once", async () => {
    const world = await anExpiryWorld();
    await world.serve(leaf("ending", 5), "service-a/a-1");
    await Promise.all(Array.from({ length: 8 }, () => world.look()));
    expect(await world.told()).toHaveLength(1);
  });
});

describe("who is hurt", () => {
  test("is told from the services' own metrics, by service, without certops itself", async () => {
    const world = await anExpiryWorld();
    const endpoints =
      world.estate.services[0]?.endpoints.map((one) => ({ ...one, admin: "http://127.0.0.1:9/" })) ?? [];
    world.estate = {
      ...world.estate,
      services: world.estate.services.map((one) =>
        one.name === "service-a" ? { ...one, endpoints, callers: ["the nightly export"] } : one,
      ),
    };
    const certops = leaf("certops", 80, { subject: "CN=certops", names: ["certops-bot.example.com"] });
    world.ground = [
      {
        name: "certops' own certificate",
        where: "identity.pem",
        certificate: certops,
        notBefore: certops.notBefore,
        notAfter: certops.notAfter,
        problem: null,
        at: t0,
      },
    ];
    const peer = (name: string, lastAt = t0) => ({ name, lastAt });
    world.peers.set("service-a/a-1", {
      callers: [peer("service-b.example.com"), peer("certops-bot.example.com"), peer("old.example.com", t0 - 2 * day)],
      calls: [peer("service-b.example.com")],
    });
    await world.serve(leaf("ending", 5), "service-a/a-1");
    await world.look();
    const blast = {
      callers: [
        { name: "service-b", how: "seen" },
        { name: "the nightly export", how: "declared" },
      ],
      calls: [{ name: "service-b", how: "seen" }],
    };
    expect(await world.notices.standing()).toMatchObject([{ notice: { blast } }]);

    world.peers.clear();
    await world.look();
    expect(await world.notices.standing()).toMatchObject([{ version: 1, notice: { blast } }]);
  });
});
