import { describe, expect, test } from "vitest";
import { changesBetween, endpointsOf, listingOf, watchedIn } from "../../bot/domain/catalog.ts";
import { planFor, planMoves } from "../../bot/domain/plan.ts";
import { anEndpoint, aService } from "../support/renewal-fixtures.ts";

const registration = (instance: string, port: number, registered = port) => ({
  tags: ["mtls", `instance=${instance}`, `admin=127.0.0.1:${port + 10_000}`],
  host: "127.0.0.1",
  port,
  registered,
});

const service = aService();

test("what is only watched is another endpoint once it is listed elsewhere", () => {
  const place = { kind: "consul", service: "ledger-db", tag: "mtls" } as const;
  const at = (port: number) =>
    watchedIn(
      { catalog: place, serverName: "db.test", protocol: "tls" },
      listingOf([registration("db-1", port, 7)], "mtls"),
    );
  expect(at(5432)).toEqual([
    {
      id: "127.0.0.1:5432/db.test",
      service: null,
      instance: "127.0.0.1:5432/db.test",
      host: "127.0.0.1",
      port: 5432,
      serverName: "db.test",
      protocol: "tls",
      admin: null,
    },
  ]);
  expect(changesBetween(at(5432), at(5433))).toEqual({ came: at(5433), went: at(5432) });
});

describe("what a catalog lists", () => {
  test("is read from the tags; what does not carry the tag is left out, what has no name is counted", () => {
    const others = [
      { ...registration("a-mesh", 1), tags: ["mesh", "instance=a-mesh"] },
      { ...registration("", 2), tags: ["mtls", "instance="] },
      { ...registration("", 3), tags: ["mtls"] },
      { ...registration("a-9", 4), tags: ["mtls", "instance=a-9"] },
    ];
    expect(listingOf([registration("a-1", 7443), ...others], "mtls")).toEqual({
      instances: [
        { instance: "a-1", host: "127.0.0.1", port: 7443, admin: "http://127.0.0.1:17443", registered: 7443 },
        { instance: "a-9", host: "127.0.0.1", port: 4, admin: null, registered: 4 },
      ],
      unnamed: 2,
    });
  });

  test("becomes endpoints in the order of their names, numbers as numbers", () => {
    const listing = listingOf(
      [10, 9, 1].map((n) => registration(`a-${n}`, 7000 + n)),
      "mtls",
    );
    expect(endpointsOf(service, listing).map(({ instance }) => instance)).toEqual(["a-1", "a-9", "a-10"]);
    expect(endpointsOf(service, listing)[0]).toEqual({
      id: "service-a/a-1",
      service: "service-a",
      instance: "a-1",
      host: "127.0.0.1",
      port: 7001,
      serverName: "service-a.example.com",
      protocol: "https",
      admin: "http://127.0.0.1:17001",
    });
  });

  test("of two that bear one name is the newer one, in whatever order they are listed", () => {
    const both = [registration("a-1", 7443, 20), registration("a-1", 7500, 10)];
    for (const listed of [both, both.toReversed()]) {
      expect(endpointsOf(service, listingOf(listed, "mtls")).map(({ port }) => port)).toEqual([7443]);
    }
  });
});

test("what moved to another address has come, and has not gone", () => {
  const before = [anEndpoint("a-1"), anEndpoint("a-2")];
  const after = [anEndpoint("a-1", { port: 9_000 }), anEndpoint("a-3")];
  const { came, went } = changesBetween(before, after);
  expect(came.map(({ instance, port }) => [instance, port])).toEqual([
    ["a-1", 9_000],
    ["a-3", 7443],
  ]);
  expect(went.map(({ instance }) => instance)).toEqual(["a-2"]);
  expect(changesBetween(before, before)).toEqual({ came: [], went: [] });
});

describe("the plan of a service with a catalog", () => {
  const place = { kind: "nomad", service: "service-a", tag: "mtls" } as const;
  const listing = (...names: string[]) =>
    aService({ catalog: place, endpoints: names.map((name) => anEndpoint(name)) });
  const approved = planFor(listing("a-0", "a-1"));

  test("holds the instances of now", () => {
    expect(approved.instances).toEqual(["a-0", "a-1"]);
  });

  test("does not move when one of them goes: it is waited for", () => {
    expect(planMoves(approved, planFor(listing("a-1"), approved.instances))).toEqual([]);
  });

  test("moves when another one comes: nobody approved it", () => {
    expect(planMoves(approved, planFor(listing("a-0", "a-1", "a-2"), approved.instances))).toEqual([
      "instances: a-0, a-1 is now a-0, a-1, a-2",
    ]);
  });

  test("of endpoints that the file lists moves when one goes: somebody took it out", () => {
    const listed = aService();
    const without = aService({ endpoints: [anEndpoint("a-1")] });
    expect(planMoves(planFor(listed), planFor(without, planFor(listed).instances))).toEqual([
      "instances: a-1, a-2 is now a-1",
    ]);
  });
});
