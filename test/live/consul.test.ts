import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { ConsulApi } from "../../lab/stack/consul-api.ts";
import type { LabInstance } from "../../lab/state.ts";
import { type ConsulLab, startConsulLab } from "../support/consul-lab.ts";
import { listeningOf } from "../support/sockets.ts";
import { crash } from "../support/vault.ts";

/** Says to a server that TLS follows; without it, what follows is the plain protocol. */
const RPC_TLS = 0x03;
const RPC_PLAIN = 0x00;
const agents = ["server-1", "server-2", "server-3", "client"];
const servers = agents.slice(0, 3);
const HOUR_S = 3_600;

interface Gauge {
  Name: string;
  Value: number;
}

let lab: ConsulLab;
let ca: string;
let a1: LabInstance;
beforeAll(async () => {
  lab = await startConsulLab({ instances: ["a-1", "b-1"] });
  ca = await readFile(lab.consul.caFile, "utf8");
  [a1] = lab.state.instances as [LabInstance];
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(25_000);
const pidOf = (agent: string) => lab.child(`consul ${agent}`).pid ?? 0;

async function askAs<T>(token: string | undefined, ask: (api: ReturnType<ConsulApi["as"]>) => Promise<T>): Promise<T> {
  await using api = new ConsulApi(ca);
  return await ask(api.as({ address: lab.consul.address, token }));
}

async function greeted(port: number, byte: number): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(Buffer.from([byte]));
  return socket;
}

/** The certificate that stands behind a port of TLS, verified by the lab's root and the name. */
async function shownAt(port: number, name: string, over?: Socket): Promise<X509Certificate> {
  const socket: TLSSocket = connect({
    ...(over ? { socket: over } : { host: "127.0.0.1", port }),
    servername: name,
    ca,
  });
  try {
    await once(socket, "secureConnect", { signal: soon() });
    const shown = socket.getPeerX509Certificate();
    if (shown === undefined) throw new Error("no certificate was shown");
    return shown;
  } finally {
    socket.on("error", () => {}).destroy();
  }
}

describe("the cluster", () => {
  test("has three servers, one of them the leader, and says nothing is wrong", async () => {
    const status = await lab.consul.status();
    expect(status).toMatchObject({ problem: null, leader: expect.stringMatching(/^server-[123]$/) });
    expect(status.servers.map(({ name, alive }) => [name, alive])).toEqual(servers.map((name) => [name, true]));
  });

  test("takes connections on this machine alone, and on no port that was not announced", async () => {
    const { servers: own, client } = lab.state.ports.consul;
    const announced = [...own.map((ports) => Object.values(ports)), Object.values(client)];
    const listening = await Promise.all(agents.map((agent) => listeningOf(pidOf(agent))));
    expect(new Set(listening.flat().map(({ address }) => address))).toEqual(new Set(["0100007F"]));
    expect(listening.map((list) => new Set(list.map(({ port }) => port)))).toEqual(
      announced.map((list) => new Set(list)),
    );
  });

  test("speaks TLS alone: neither its API nor a server answers to anything else", async () => {
    const { https } = lab.state.ports.consul.client;
    const plain = await request(`http://127.0.0.1:${https}/v1/status/leader`);
    expect([plain.statusCode, await plain.body.text()]).toEqual([
      400,
      expect.stringContaining("HTTP request to an HTTPS server"),
    ]);

    const socket = await greeted(lab.state.ports.consul.servers[0].rpc, RPC_PLAIN);
    await once(socket.resume(), "close", { signal: soon() });
    expect(await readFile(join(lab.state.dir, "logs/consul-server-1.log"), "utf8")).toContain(
      "Non-TLS connection attempted with VerifyIncoming set",
    );
  });

  test("has servers with certificates of the lab's own authority, and turns away who shows them none", async () => {
    const { rpc } = lab.state.ports.consul.servers[0];
    const shown = await shownAt(rpc, "server.dc1.consul", await greeted(rpc, RPC_TLS));
    expect(shown.issuer).toBe("CN=certops intermediate CA");
    const socket = connect({ socket: await greeted(rpc, RPC_TLS), servername: "server.dc1.consul", ca });
    const [refused] = (await once(socket.resume(), "error", { signal: soon() })) as [NodeJS.ErrnoException];
    expect(refused.code).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  });

  test("has a client that shows the servers a certificate of Connect's, which it was given by them", async () => {
    const file = join(lab.state.dir, "consul/client/agent.json");
    const { tls, auto_encrypt } = JSON.parse(await readFile(file, "utf8"));
    expect([auto_encrypt, tls.defaults.cert_file, tls.internal_rpc.cert_file]).toEqual([
      { tls: true },
      undefined,
      undefined,
    ]);
    const { Gauges: gauges } = (await lab.consul.ask("GET", "/v1/agent/metrics")) as { Gauges: Gauge[] };
    const life = gauges.find(({ Name }) => Name.endsWith("agent.tls.cert.expiry"))?.Value;
    // Connect's leaves live for an hour here; those of the lab's own authority for a day, as its API shows.
    expect(life).toBeLessThanOrEqual(HOUR_S);
    const { validToDate } = await shownAt(lab.state.ports.consul.client.https, "client.dc1.consul");
    expect(validToDate.getTime()).toBeGreaterThan(Date.now() + 2 * HOUR_S * 1_000);
    const roots = await lab.consul.ask("GET", "/v1/connect/ca/roots");
    expect(roots).toMatchObject({ Roots: [{ Name: "Vault CA Primary Cert", Active: true }] });
  });

  test("encrypts its gossip with one key that all four hold, and nobody else can read", async () => {
    const file = join(lab.state.dir, "consul/server-1/agent.json");
    const { encrypt } = JSON.parse(await readFile(file, "utf8"));
    const [ring] = (await lab.consul.ask("GET", "/v1/operator/keyring")) as { NumNodes: number; Keys: object }[];
    expect(ring).toMatchObject({ NumNodes: agents.length, Keys: { [encrypt]: agents.length } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe("access", () => {
  test("without a token nothing is seen, and nothing can be done", async () => {
    await askAs(undefined, async (ask) => {
      expect(await ask("GET", "/v1/catalog/services")).toEqual({});
      await expect(ask("PUT", "/v1/kv/x", "y")).rejects.toThrow("Permission denied");
      await expect(ask("PUT", "/v1/agent/service/register", { Name: "service-a" })).rejects.toThrow(
        "Permission denied",
      );
    });
  });

  test("the bot reads the catalog and decides who calls the two services; it does nothing else", async () => {
    const intention = (to: string) =>
      [`/v1/connect/intentions/exact?source=service-a&destination=${to}`, { Action: "deny" }] as const;
    await askAs(lab.consul.tokens.bot, async (ask) => {
      const registered = async () => ((await ask("GET", "/v1/catalog/service/service-a")) as object[])[0] ?? null;
      expect(await eventually("a-1 in the catalog", registered, soon())).toMatchObject({ ServiceID: "a-1" });
      await ask("PUT", ...intention("service-b"));
      await ask("DELETE", intention("service-b")[0]);
      await expect(ask("PUT", ...intention("another"))).rejects.toThrow("Permission denied");
      await expect(ask("PUT", "/v1/agent/service/register", { Name: "service-a" })).rejects.toThrow(
        "Permission denied",
      );
      await expect(ask("PUT", "/v1/kv/x", "y")).rejects.toThrow("Permission denied");
      await expect(ask("GET", "/v1/acl/tokens")).rejects.toThrow("Permission denied");
    });
    const kept = await lab.ground.server.asRoot.read("kv/data/certops-bot/consul");
    expect(kept).toMatchObject({ data: { token: lab.consul.tokens.bot } });
  });

  test("a sidecar's token registers its own service and no other", async () => {
    await askAs(lab.consul.tokens.sidecars["service-b"], async (ask) => {
      await ask("PUT", "/v1/agent/service/register", { ID: "x", Name: "service-b-sidecar-proxy" });
      await ask("PUT", "/v1/agent/service/deregister/x");
      await expect(ask("PUT", "/v1/agent/service/register", { ID: "x", Name: "service-a" })).rejects.toThrow(
        "Permission denied",
      );
    });
  });

  test("nobody can have a script run through the API", async () => {
    const Check = { Args: ["true"], Interval: "1s" };
    await expect(lab.consul.ask("PUT", "/v1/agent/service/register", { Name: "x", Check })).rejects.toThrow(
      /[Ss]cript/,
    );
  });
});

test("a new certificate of the servers is served by all of them without a restart", async () => {
  const serials = () =>
    Promise.all(
      lab.state.ports.consul.servers.map(async ({ https }) => (await shownAt(https, "localhost")).serialNumber),
    );
  const [before, pids] = [await serials(), servers.map(pidOf)];
  // Started again, it asks for a certificate anew.
  crash(lab.child("agent consul-server"));
  const all = async () => {
    const now = await serials();
    return now.every((serial) => !before.includes(serial)) ? now : null;
  };
  await eventually("the new certificate at every server", all, soon());
  expect(servers.map(pidOf)).toEqual(pids);
  expect(await lab.consul.status()).toMatchObject({ problem: null });
});

describe("an instance in the catalog", () => {
  const statusOf = (wanted: string) => async () => {
    const check = (await lab.consul.status()).checks["a-1"];
    return check?.status === wanted ? check : null;
  };

  test("is found with its tags, and passes by a real handshake", async () => {
    const [entry] = (await lab.consul.ask("GET", "/v1/catalog/service/service-a")) as object[];
    expect(entry).toMatchObject({
      ServiceID: "a-1",
      ServiceAddress: "127.0.0.1",
      ServicePort: a1.port,
      ServiceTags: ["mtls", "instance=a-1", `admin=127.0.0.1:${a1.adminPort}`],
    });
    const { output } = await eventually("a-1's check to pass", statusOf("passing"), soon(), 200);
    expect(output).toMatch(
      /^service-a.example.com at 127.0.0.1:\d+ serves serial [0-9a-f:]+, generation g0, valid until /,
    );
  });

  test("turns critical, with the reason, when it stops; and is gone when it was taken out", async () => {
    await lab.child("a-1").stop();
    const { output } = await eventually("a-1's check to turn critical", statusOf("critical"), soon(), 200);
    expect(output).toContain("nobody listens at that address (ECONNREFUSED)");
    await lab.consul.deregister("a-1");
    const gone = async () =>
      ((await lab.consul.ask("GET", "/v1/catalog/service/service-a")) as object[]).length === 0 || null;
    await eventually("a-1 to be out of the catalog", gone, soon(), 200);
    expect(Object.keys((await lab.consul.status()).checks)).toEqual(["b-1"]);
  });
});

describe("the check", () => {
  const environment = () => ({
    PATH: process.env["PATH"],
    IDENTITY_FILE: a1.identityFile,
    CA_FILE: lab.consul.caFile,
    HOST: "127.0.0.1",
    PORT: String(lab.state.ports.vault),
    SERVER_NAME: "vault.certops.test",
  });
  const check = (change: Record<string, string>) =>
    new Promise<[number, string]>((done) => {
      const file = join(import.meta.dirname, "../../services/check.ts");
      execFile(process.execPath, [file], { env: { ...environment(), ...change } }, (error, stdout) =>
        done([typeof error?.code === "number" ? error.code : 0, stdout.trim()]),
      );
    });

  test.for([
    ["another name is served", { SERVER_NAME: "service-b.example.com" }, "does not carry the name that was asked for"],
    ["it answers something else", {}, "it answered HTTP 404"],
    ["its pair is missing", { IDENTITY_FILE: "/nowhere.pem" }, "no such file or directory, open '/nowhere.pem'"],
    ["its settings are missing", { PORT: "" }, "the environment lacks PORT"],
  ] as const)("fails with one line when %s", async ([, change, reason]) => {
    const [code, line] = await check(change);
    expect(line).toContain(reason);
    expect(line).not.toContain("\n");
    expect(code).toBe(2);
  });
});
