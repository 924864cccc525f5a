import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { serialOf } from "../../lab/serial.ts";
import type { ZonedInstance } from "../../lab/state.ts";
import { labStatusSchema, type LabStatus } from "../../lab/status.ts";
import { shakeHands, visit } from "../../lab/visit.ts";
import { applyByHand, appToDatabase, missingFirewall, onHost, tryFrom } from "../support/firewall-lab.ts";
import { withoutRevision } from "../support/firewall-router.ts";
import { labCommand } from "../support/lab-process.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { problem } from "../support/problem.ts";

const UP_MS = 120_000;

let lab: Lab;
/** The router's table as the lab made it. */
let closed: string;

beforeAll(async () => {
  if (missingFirewall !== null) return;
  lab = await startOwnLab({ firewall: true });
  closed = await table();
}, UP_MS);

afterAll(() => lab?.[Symbol.asyncDispose]());

beforeEach((context) => {
  if (missingFirewall !== null) context.skip(missingFirewall);
});

const table = async () =>
  withoutRevision(
    (await onHost(lab.state, "router", ["nft", "--stateless", "list", "table", "inet", "certops"])).output,
  );
const soon = () => AbortSignal.timeout(30_000);
function zoned(name: string): ZonedInstance {
  const found = lab.state.firewall?.services.find(({ instance }) => instance === name);
  if (found === undefined) throw new Error(`the lab has no ${name}`);
  return found;
}

const callOfA = () => visit(zoned("a-app"), "/w-mtls", lab.state.files.root);

function firewallThat(awaited: string, fits: (firewall: NonNullable<LabStatus["firewall"]>) => boolean) {
  return eventually(
    awaited,
    async () => {
      const { firewall } = await lab.control.status();
      return firewall !== null && fits(firewall) ? firewall : null;
    },
    soon(),
  );
}

describe("with the firewall closed", () => {
  test("service-a's page on its host tells of a call that nobody answered in time", async () => {
    const page = await callOfA();
    expect(page).toContain("called service-b.example.com at 10.81.3.2:8443");
    expect(page).toContain("Outcome: not reached");
    expect(page).toContain("UND_ERR_CONNECT_TIMEOUT");
  });

  test("each service is answered on its own host, and on no other", async () => {
    const { root } = lab.state.files;
    for (const name of ["a-app", "b-db"]) {
      const { instance, generation } = { ...zoned(name), ...(await shakeHands(zoned(name), root)) };
      expect({ instance, generation }).toEqual({ instance: name, generation: "g0" });
    }
    const tries = [
      ["application", "10.81.2.2", 7443],
      ["database", "10.81.3.2", 8443],
      ["application", "10.81.3.2", 8443],
      ["outsider", "10.81.3.2", 8443],
      ["management", "10.81.2.2", 7443],
    ] as const;
    const seen = await Promise.all(tries.map(([host, address, port]) => tryFrom(lab.state, host, address, port)));
    expect(seen).toEqual(["open", "open", "silent", "silent", "silent"]);
  });

  test("the links past the router lead from the management host to one port of each, and from none to another", async () => {
    const tries = [
      ["management", "10.81.100.6", 7443],
      ["application", "10.81.100.5", lab.state.ports.vault],
      ["application", "10.81.100.10", 9443],
      ["outsider", "10.81.100.2", 9444],
    ] as const;
    const seen = await Promise.all(tries.map(([host, address, port]) => tryFrom(lab.state, host, address, port)));
    expect(seen.filter((outcome) => outcome === "open" || outcome === "ECONNREFUSED")).toEqual([]);
  });

  test("Consul's catalog has the two services where they are, found well on their own hosts, and nothing else", async () => {
    const catalog = (await lab.consul?.ask("GET", "/v1/catalog/services")) as Record<string, string[]>;
    expect(Object.keys(catalog).toSorted()).toEqual(["consul", "service-a", "service-b"]);
    const offered = (await lab.consul?.ask("GET", "/v1/health/service/service-b?passing")) as {
      Service: { Address: string; Port: number };
    }[];
    expect(offered.map(({ Service: { Address, Port } }) => `${Address}:${Port}`)).toEqual(["10.81.3.2:8443"]);
  });
});

test("everything of the default profile is there at its address, and well", async () => {
  const a = lab.state.instances.find(({ instance }) => instance === "a-1");
  if (a === undefined) throw new Error("the lab has no a-1");
  expect(await visit(a, "/w-mtls", lab.state.files.root)).toContain("Outcome: answered");
  const status = await eventually(
    "the lab to be well",
    async () => {
      const now = await lab.control.status();
      return now.ready ? now : null;
    },
    soon(),
  );
  expect(status.instances.map(({ instance }) => instance)).toEqual(["a-1", "a-2", "b-1", "b-2"]);
  expect(status.problems).toEqual([]);
});

test("a client from the machine is refused on the management host under the port that it called from", async () => {
  const told = await labCommand(["case", "curl-insecure", "--dir", lab.state.dir]);
  expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") });
});

test("`status` tells the hosts, a prober on each, the services on them, the failed call and which CTS it is", async () => {
  await firewallThat("the failed call to be seen", ({ calls }) => calls.length > 0);
  const { stdout } = await labCommand(["status", "--json", "--dir", lab.state.dir]);
  const { firewall, children } = labStatusSchema.parse(JSON.parse(stdout));
  expect(firewall?.hosts.map(({ name, zone, network }) => [name, zone, network])).toEqual([
    ["management", "management", "10.81.1.0/24"],
    ["application", "application", "10.81.2.0/24"],
    ["database", "database", "10.81.3.0/24"],
    ["outsider", "outside", "10.81.4.0/24"],
  ]);
  const probers = children.filter(({ name, state }) => name.startsWith("prober-") && state === "up");
  expect(probers.map(({ name }) => name).toSorted()).toEqual(
    ["management", "application", "database", "outside"].map((zone) => `prober-${zone}`).toSorted(),
  );
  expect(firewall?.services).toMatchObject([
    { instance: "a-app", on: "application", address: "10.81.2.2", servesAt: 7443, problem: null },
    { instance: "b-db", on: "database", address: "10.81.3.2", servesAt: 8443, problem: null },
  ]);
  expect(firewall?.calls).toMatchObject([{ from: "a-app", to: "10.81.3.2:8443", outcome: "failed" }]);
  expect(firewall?.router.counters).toMatchObject({ dropped: { packets: expect.any(Number) } });
  expect(firewall?.cts.kind).toMatch(/^(real|stand-in)$/);
  const told = (await labCommand(["status", "--dir", lab.state.dir])).stdout;
  expect(told).toContain("a-app → 10.81.3.2:8443 failed: no answer in time");
  expect(told).toContain(`cts      ${firewall?.cts.kind}`);
});

test("a rule that CTS applies opens the way for its packets alone, and its removal closes it", async () => {
  const services = { "service-a": ["10.81.2.2"], "service-b": ["10.81.3.2"] };
  await applyByHand(lab.state, { "app-db": appToDatabase }, services, 1);
  expect(await callOfA()).toContain("Outcome: answered");
  expect(await tryFrom(lab.state, "outsider", "10.81.3.2", 8443)).toBe("silent");
  const open = await firewallThat("the open call", ({ calls }) => calls[0]?.outcome === "open");
  expect(open.router.counters?.["rule-app-db"]?.packets).toBeGreaterThan(0);

  await applyByHand(lab.state, {}, {}, 2);
  expect(await callOfA()).toContain("UND_ERR_CONNECT_TIMEOUT");
  expect(await table()).toBe(closed);
});

test("an instance that is moved serves at the other address of its host, in the catalog and for its callers", async () => {
  expect(await labCommand(["move", "b-db", "--dir", lab.state.dir])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("b-db serves at 10.81.3.3:8443"),
  });
  const offered = async () => {
    const found = (await lab.consul?.ask("GET", "/v1/health/service/service-b?passing")) as {
      Service: { Address: string };
    }[];
    return found.some(({ Service }) => Service.Address === "10.81.3.3") && found.length === 1 ? true : null;
  };
  await eventually("the catalog to have it", offered, soon());
  expect(await callOfA()).toContain("at 10.81.3.3:8443");
  expect(await shakeHands(zoned("b-db"), lab.state.files.root)).toMatchObject({ generation: "g0" });
  await expect(lab.control.moveInstance("a-1")).rejects.toThrow(problem("UNKNOWN_INSTANCE", "a-1", "a-app, b-db"));
});

test("a host whose relay was killed is there again, and so is what stands on it", async () => {
  const relay = lab.children().find(({ name }) => name === "host application");
  process.kill(relay?.pid ?? 0, "SIGKILL");
  const page = await eventually("a-app's page", callOfA, soon());
  expect(page).toContain("service-a called service-b.example.com");
});

describe("CTS's certificate", () => {
  const gate = "/v1/kv/certops/firewall-gate";
  const ask = (...asked: Parameters<NonNullable<Lab["consul"]>["ask"]>) => {
    if (lab.consul === null) throw new Error("the lab has no Consul");
    return lab.consul.ask(...asked);
  };
  const pidOf = (name: string) => lab.children().find((child) => child.name === name)?.pid ?? 0;
  const identity = () => readFile(join(lab.state.dir, "firewall", "cts", "cts.pem"), "utf8").catch(() => "");
  const rendered = async () => {
    const pem = await identity();
    return pem === "" ? null : serialOf(new X509Certificate(pem));
  };
  const served = async () => {
    const { hostname: host, port } = new URL(lab.state.urls.cts ?? "");
    const door = { host, port: Number(port), serverName: "cts.certops.test" };
    return (await shakeHands(door, lab.state.files.root)).serial;
  };

  test("is of the lab's Vault, and for a day", async () => {
    const certificates = (await identity()).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const [leaf, intermediate] = certificates.map((pem) => new X509Certificate(pem));
    const root = new X509Certificate(await readFile(lab.state.files.root));
    if (leaf === undefined || intermediate === undefined) throw new Error("it does not show its chain");
    expect([leaf.issuer, leaf.verify(intermediate.publicKey)]).toEqual([intermediate.subject, true]);
    expect([intermediate.issuer, intermediate.verify(root.publicKey)]).toEqual([root.subject, true]);
    const hours = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 3_600_000;
    expect(hours).toBeCloseTo(24, 1);
    expect(await served()).toBe(serialOf(leaf));
  });

  test("a new one is served after a restart, which waits while somebody changes the firewall", async () => {
    const { ID } = (await ask("PUT", "/v1/session/create", { LockDelay: "0s" })) as { ID: string };
    expect(await ask("PUT", `${gate}?acquire=${ID}`, { kind: "inspect" })).toBe(true);
    const [before, pid] = [await served(), pidOf("cts")];
    process.kill(pidOf("agent firewall"), "SIGKILL");
    const renewed = await eventually(
      "a new certificate",
      async () => {
        const serial = await rendered();
        return serial === before ? null : serial;
      },
      soon(),
    );
    expect([await served(), pidOf("cts")]).toEqual([before, pid]);

    await ask("PUT", `/v1/session/destroy/${ID}`);
    await eventually("CTS to serve it", async () => ((await served()) === renewed ? true : null), soon(), 200);
    expect(pidOf("cts")).not.toBe(pid);
    // The lab leaves it as it is; the bot, which posts the task again, puts it in order.
    expect([{ kind: "inspect" }, null]).toContainEqual(await ask("GET", `${gate}?raw`));
  });
});
