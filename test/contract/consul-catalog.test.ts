import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { consulCatalog } from "../../bot/adapters/consul/catalog.ts";
import { consulClient } from "../../bot/adapters/consul/client.ts";
import { type CatalogPlace, endpointsOf } from "../../bot/domain/catalog.ts";
import { followCatalog } from "../../bot/operations/follow-catalog.ts";
import { startDevConsul } from "../support/consul-dev.ts";
import type { DevAgent } from "../support/dev-agent.ts";
import { paused } from "../support/paused.ts";
import { aService } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const place: CatalogPlace = { kind: "consul", service: "service-a", tag: "mtls" };
const folder = temporaryFolder();
const tokenFile = folder.file("consul-token");
const signal = new AbortController().signal;

let consul: DevAgent;
let readAll: string;
beforeAll(async () => {
  consul = await startDevConsul();
  readAll = await consul.token('service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }');
});
afterAll(async () => {
  await consul?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Reads with the token that stands in the file. */
const access = () => ({ address: consul.address, caFile: folder.file("none.pem"), tokenFile });
const holding = (token: string) => {
  writeFileSync(tokenFile, token);
  return consulCatalog(access(), 1_000);
};

async function register(instance: string, port: number, tags = ["mtls", `instance=${instance}`, "admin=127.0.0.1:9"]) {
  const Service = { ID: `${instance}-${port}`, Service: "service-a", Address: "127.0.0.1", Port: port, Tags: tags };
  await consul.ask("PUT", "/v1/catalog/register", { Node: "elsewhere", Address: "127.0.0.1", Service });
  onTestFinished(() => deregister(instance, port));
}

async function deregister(instance: string, port: number) {
  await consul.ask("PUT", "/v1/catalog/deregister", { Node: "elsewhere", ServiceID: `${instance}-${port}` });
}

/** Answered when what stands at this index changes, and after a second in any case. */
const quiet = (index: number | null) => `/v1/health/service/service-a?index=${index}&wait=1s`;

describe("Consul's catalog", () => {
  test("lists what carries the tag, by the names and admin ports in the tags", async () => {
    await register("a-1", 7443);
    await register("a-mesh", 7080, ["mesh", "instance=a-mesh"]);
    await register("a-x", 7499, ["mtls"]);
    const { listing } = await holding(readAll).listed(place, null, signal);
    expect(listing).toEqual({
      instances: [
        { instance: "a-1", host: "127.0.0.1", port: 7443, admin: "http://127.0.0.1:9", registered: expect.any(Number) },
      ],
      unnamed: 1,
    });
  });

  test("answers as soon as something comes or goes, and not before", async () => {
    const catalog = holding(readAll);
    const before = await catalog.listed(place, null, signal);
    expect(before.listing.instances).toEqual([]);
    let answered = false;
    const next = catalog.listed(place, before.index, signal).finally(() => (answered = true));
    // A whole round in which nothing changes is no answer: two as Consul counts them, for each ends a little earlier or later.
    for (const _round of [1, 2]) await consul.ask("GET", quiet(before.index));
    expect(answered).toBe(false);
    await register("a-1", 7443);
    const came = await next;
    expect(came.listing.instances.map(({ instance }) => instance)).toEqual(["a-1"]);
    const leaves = catalog.listed(place, came.index, signal);
    await deregister("a-1", 7443);
    expect((await leaves).listing.instances).toEqual([]);
  });

  test("is not believed to be empty by a token that may not read it", async () => {
    await register("a-1", 7443);
    const blind = await consul.token('key_prefix "" { policy = "read" }');
    await expect(holding(blind).listed(place, null, signal)).rejects.toMatchObject({ code: "consul-denied" });
  });

  test("is read with the token that stands in the file now, once the old one is refused", async () => {
    await register("a-1", 7443);
    const catalog = holding("11111111-2222-3333-4444-555555555555");
    await expect(catalog.listed(place, null, signal)).rejects.toMatchObject({ code: "consul-denied" });
    writeFileSync(tokenFile, readAll);
    expect((await catalog.listed(place, null, signal)).listing.instances).toHaveLength(1);
  });

  test("a refusal holds nothing of the token", async () => {
    const secret = "11111111-2222-3333-4444-555555555555";
    const error: unknown = await holding(secret)
      .listed(place, null, signal)
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
  });

  test("that nobody waits for any more is given up at once", async () => {
    const stop = new AbortController();
    const catalog = holding(readAll);
    const { index } = await catalog.listed(place, null, signal);
    const waiting = catalog.listed(place, index, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "consul-down" });
  });
});

describe("a service that is followed", () => {
  test("has the endpoints of now, keeps the last ones while Consul does not answer, and goes on with it", async () => {
    const services = new Map([["service-a", aService({ endpoints: [], catalog: place })]]);
    const endpoints = () => services.get("service-a")?.endpoints.map(({ id, port }) => `${id}:${port}`);
    const changes: string[] = [];
    let problem: unknown = null;
    const stop = new AbortController();
    const following = followCatalog(
      {
        catalog: holding(readAll),
        services,
        endpointsOf,
        onAnswer: (last) => (problem = last),
        onUnnamed() {},
        onChange: ({ came, went }) =>
          changes.push(...came.map(({ id, port }) => `+${id}:${port}`), ...went.map(({ id }) => `-${id}`)),
      },
      "service-a",
      stop.signal,
    );
    onTestFinished(async () => {
      stop.abort();
      await following;
    });
    await register("a-2", 7444);
    await register("a-1", 7443);
    await expect.poll(endpoints).toEqual(["service-a/a-1:7443", "service-a/a-2:7444"]);
    expect(services.get("service-a")?.endpoints[0]).toMatchObject({
      serverName: "service-a.example.com",
      protocol: "https",
      admin: "http://127.0.0.1:9",
    });

    await paused(consul.child);
    onTestFinished(() => consul.child.resume());
    await expect.poll(() => problem, { timeout: 10_000 }).toMatchObject({ code: "consul-down" });
    expect(endpoints()).toEqual(["service-a/a-1:7443", "service-a/a-2:7444"]);
    consul.child.resume();
    await expect.poll(() => problem, { timeout: 10_000 }).toBeNull();

    // It comes back elsewhere before its old registration is gone: the newer one counts.
    await register("a-2", 7555);
    await expect.poll(endpoints).toEqual(["service-a/a-1:7443", "service-a/a-2:7555"]);
    await deregister("a-2", 7444);
    await deregister("a-1", 7443);
    await expect.poll(endpoints).toEqual(["service-a/a-2:7555"]);
    expect(changes.toSorted()).toEqual(
      ["+service-a/a-1:7443", "+service-a/a-2:7444", "+service-a/a-2:7555", "-service-a/a-1"].toSorted(),
    );
  });
});

describe("Consul itself", () => {
  test("is well while it has a leader, and away when nothing listens", async () => {
    writeFileSync(tokenFile, readAll);
    await expect(consulClient(access()).ping()).resolves.toBeUndefined();
    await expect(consulClient({ ...access(), address: "http://127.0.0.1:9" }).ping()).rejects.toMatchObject({
      code: "consul-down",
      message: "Consul at http://127.0.0.1:9 cannot be reached: nothing listens there.",
    });
  });
});
