import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buttonOf } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import type { ConsulCluster } from "../../lab/stack/consul.ts";
import { BotDesk } from "../support/bot-desk.ts";
import { childOf } from "../support/child-of.ts";
import { inMesh, intend, pageOf } from "../support/mesh-lab.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { crash } from "../support/vault.ts";

/** An instance that appears is looked at within seconds, not in the next round. */
const PROBED_MS = 20_000;

let lab: Lab;
let consul: ConsulCluster;
let desk: BotDesk;

beforeAll(async () => {
  // No round of looks falls into the tests: what is looked at is looked at because it came.
  const editBotConfig = (config: object) => ({ ...config, probe: { every: "10m", deadline: "3s" } });
  lab = await startOwnLab({ connect: "built-in", editBotConfig });
  if (lab.consul === null) throw new Error("the lab runs no Consul");
  consul = lab.consul;
  desk = new BotDesk(lab);
});
afterAll(() => lab?.[Symbol.asyncDispose]());

/** The names of Consul's servers, the leader first. */
async function servers(): Promise<string[]> {
  const { servers: all } = await consul.status();
  return all.toSorted((a, b) => Number(b.leader) - Number(a.leader)).map(({ name }) => name);
}

const childNamed = (server: string) => childOf(lab, `consul ${server}`);

describe("instances in Consul's catalog", () => {
  // One more name for an instance that is there, on a node that no agent speaks for.
  const registration = () => {
    const a1 = lab.state.instances.find(({ instance }) => instance === "a-1");
    const Tags = ["mtls", "instance=a-9", `admin=${a1?.host}:${a1?.adminPort}`];
    return { ID: "a-9", Service: "service-a", Address: a1?.host, Port: a1?.port, Tags };
  };

  test("one that appears is looked at, one that goes is no longer spoken of", async () => {
    const node = { Node: "elsewhere", Address: "127.0.0.1" };
    await consul.ask("PUT", "/v1/catalog/register", { ...node, Service: registration() });
    await desk.says("show a-9", /ok .*service-a\/a-9/, PROBED_MS);
    expect(await desk.certops("why a-9")).toMatch(/^service-a\/a-9 {2}healthy/);
    expect(await desk.metrics()).toContain('ssl_probe_success{instance="service-a/a-9"} 1');

    for (const question of ["expiring 99%", "show service-a"]) await desk.says(question, "a-9");

    await consul.ask("PUT", "/v1/catalog/deregister", { ...node, ServiceID: "a-9" });
    await desk.says("show a-9", "Nothing here is called a-9.");
    for (const question of ["expiring 99%", "expired", "show service-a"]) {
      expect(await desk.certops(question)).not.toContain("a-9");
    }
    expect(await desk.metrics()).not.toContain("a-9");
  });

  test("Connect's root is among what certops stands on", async () => {
    const found = await desk.says("show connect", "Connect's root");
    expect(found).toMatch(/Connect's root {2}\d+ d .*connect\/ca\/roots/);
  });
});

test("with the built-in authority too, a call goes through the mesh, and is refused where an intention denies it", async () => {
  const { mesh } = await lab.control.status();
  expect(mesh?.ca).toMatchObject({ provider: "built-in", roots: [{ active: true }] });
  const comesTo = (outcome: string) => {
    const told = async () => ((await pageOf(inMesh(lab, "a-mesh"))).includes(`Outcome: ${outcome}`) ? true : null);
    return eventually(`the call to be ${outcome}`, told, AbortSignal.timeout(20_000), 50);
  };
  await comesTo("answered");
  await intend(lab, { "service-a": "deny" });
  await comesTo("refused");
  await intend(lab, { "service-a": "allow" });
  await comesTo("answered");
});

describe("Consul in trouble", () => {
  test("the leader is killed in the middle of a renewal: it is deployed, and instances are followed on", async () => {
    const message = await desk.propose("service-a");
    const [leader = ""] = await servers();
    crash(childNamed(leader));
    await desk.approve(message);
    expect(await desk.becomes(message, "service-a renewed", 60_000)).toMatch(/✅ a-1 .*\n✅ a-2 /);
    const trace = await desk.says(
      `trace ${buttonOf(message, "approve_request")}`,
      "deployed: every instance serves it",
    );
    for (const instance of ["a-1", "a-2"])
      expect(trace).toMatch(new RegExp(`agent ${instance} +rendered identity.pem`));
    expect(trace).not.toContain("missing:");

    await eventually(
      "another leader",
      async () => ((await consul.status()).leader === null ? null : true),
      AbortSignal.timeout(30_000),
    );
    const Service = { ID: "b-9", Service: "service-b", Address: "127.0.0.1", Port: 9, Tags: ["mtls", "instance=b-9"] };
    await consul.ask("PUT", "/v1/catalog/register", { Node: "elsewhere", Address: "127.0.0.1", Service });
    await desk.says("why b-9", /^service-b\/b-9 {2}out of reach/);
    await consul.ask("PUT", "/v1/catalog/deregister", { Node: "elsewhere", ServiceID: "b-9" });
    await desk.says("why b-9", "No endpoint is called b-9.");
  }, 120_000);

  test("without a quorum it is told once; the last instances stay, and are renewed", async () => {
    // The leader that was killed before may have been told of; what begins while that stands is not told once more.
    const told = await eventually(
      "an end to what was told before",
      async () => {
        const [down, back] = await Promise.all([desk.posted("🚨 Consul"), desk.posted("✅ Consul is back")]);
        return down.length === back.length ? { times: down.length } : null;
      },
      AbortSignal.timeout(60_000),
    );
    const [leader = "", second = ""] = await servers();
    const stopped = [childNamed(leader), childNamed(second)];
    onTestFinished(() => stopped.forEach((server) => server.resume()));
    for (const server of stopped) server.pause();
    await eventually(
      "the bot to tell of it",
      async () => ((await desk.posted("🚨 Consul")).length > told.times ? true : null),
      AbortSignal.timeout(60_000),
    );
    const [alert = ""] = (await desk.posted("🚨 Consul")).slice(-1);
    expect(alert).toContain("The instances of service-a, service-b stand as Consul last listed them");
    expect(await desk.health()).toMatchObject({ status: "ok" });
    expect(await desk.certops("why service-a")).toMatch(/service-a\/a-1 {2}healthy[^]*service-a\/a-2 {2}healthy/);
    const message = await desk.propose("service-b");
    await desk.approve(message);
    await desk.becomes(message, "service-b renewed", 60_000);

    for (const server of stopped) server.resume();
    // Each alert has its end: that of the leader killed before may have been told too.
    await eventually(
      "the bot to tell that it is back",
      async () => ((await desk.posted("✅ Consul is back")).length > told.times ? true : null),
      AbortSignal.timeout(60_000),
    );
    expect(await desk.posted("🚨 Consul")).toHaveLength(told.times + 1);
  }, 180_000);
});
