import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instanceAdmin } from "../../bot/adapters/instance-admin.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { certificatesIn } from "../../bot/adapters/x509.ts";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { Failure } from "../../bot/errors.ts";
import { explainChain } from "../../bot/operations/explain-chain.ts";
import { explainPair } from "../../bot/operations/explain-pair.ts";
import { explainWhy } from "../../bot/operations/explain-why.ts";
import { aFreeze } from "../support/inventory-fixtures.ts";
import { anEndpoint, aRequest, aService, t0 } from "../support/renewal-fixtures.ts";
import { ServicePair, serverNames, type Side } from "../support/service-pair.ts";
import { TestPki } from "../support/test-pki.ts";
import { httpsServer, tcpServer } from "../support/tls-server.ts";

let pair: ServicePair;
beforeAll(async () => {
  pair = await ServicePair.start();
});
afterAll(() => pair?.[Symbol.asyncDispose]());

function endpointOf(side: Side): Endpoint {
  const { port, adminPort } = pair.process(side);
  return anEndpoint(`${side}-1`, {
    id: `service-${side}/${side}-1`,
    service: `service-${side}`,
    port,
    serverName: serverNames[side],
    admin: `http://127.0.0.1:${adminPort}`,
  });
}

const estate = () => ({
  services: (["a", "b"] as const).map((side) =>
    aService({ name: `service-${side}`, names: [serverNames[side]], endpoints: [endpointOf(side)] }),
  ),
  endpoints: [],
});

const admin = instanceAdmin({ deadlineMs: 5_000 });
const beside = {
  requests: { list: async () => [], find: async () => null },
  mesh: null,
  placements: null,
  freezes: { all: async () => [aFreeze("service-b")] },
  clock: Date.now,
};
const probeAs = async (identity: string) => {
  await pair.folder.replace("certops.pem", identity);
  return createProbe({ identityFile: pair.folder.at("certops.pem"), caFile: pair.folder.at("root.pem") });
};

async function why(identity: string, name: string) {
  const told = await explainWhy(
    { ...beside, probe: await probeAs(identity), admin },
    { estate: estate(), deadlineMs: 5_000 },
    name,
  );
  if (isRefusal(told)) throw new Error(told.message);
  const [only, ...others] = told.endpoints;
  if (only === undefined || others.length > 0) throw new Error("one endpoint was expected");
  return only;
}

describe("why a handshake fails", () => {
  test("it does not: healthy, with what is served", async () => {
    const told = await why((await pair.leaf("a")).identity, "service-b");
    expect(told).toMatchObject({ verdict: "healthy", code: null, side: null, cause: null, fix: null, complaint: null });
    expect(told.certificate).toMatchObject({ generation: "g0", names: [serverNames.b] });
  });

  test("of one that is well only what it turned away just now is told, and no port checks", async () => {
    const now = Date.now();
    const refusal = { peerAddress: "127.0.0.1", peerPort: 1, cause: "", fix: "", certificate: null };
    const notes = [
      { ...refusal, at: now - 120_000, code: "CERT_HAS_EXPIRED" },
      { ...refusal, at: now, code: "ECONNRESET" },
      { ...refusal, at: now, code: "CERT_REVOKED" },
    ];
    const told = await explainWhy(
      {
        ...beside,
        probe: await probeAs((await pair.leaf("a")).identity),
        admin: { refusals: async () => notes, problem: async () => null },
      },
      { estate: estate(), deadlineMs: 5_000 },
      "service-b",
    );
    expect(told).toMatchObject({ endpoints: [{ verdict: "healthy", refusals: [{ code: "CERT_REVOKED" }] }] });
  });

  test("an instance that has not taken up what was written for it is said to lag, and its service to be frozen", async () => {
    const receipt = { instances: [], steps: [{ name: "written", at: t0, tookMs: 0 }] };
    const written = aRequest(
      {
        state: "not-served",
        evidence: [{ instance: "b-1", serial: null, generation: "g0", notAfter: null }],
        receipt: {
          generation: "",
          handshakes: { tried: 0, failed: 0, causes: {} },
          besides: [],
          notes: [],
          problem: null,
          ...receipt,
        },
      },
      aService({ name: "service-b", endpoints: [endpointOf("b")] }),
    );
    const told = await explainWhy(
      {
        ...beside,
        requests: { ...beside.requests, list: async () => [written] },
        probe: await probeAs((await pair.leaf("a")).identity),
        admin,
      },
      { estate: estate(), deadlineMs: 5_000 },
      "service-b",
    );
    expect(told).toMatchObject({
      endpoints: [{ lagging: "b-1 still serves g0; r-abcd2345 is written. Its agent has not rendered it." }],
      frozen: [{ scope: "service-b" }],
    });
  });

  test.each([
    ["no certificate", async () => "", "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"],
    ["an expired one", async () => (await pair.leaf("a", { ttl: -5 })).identity, "CERT_HAS_EXPIRED"],
    ["one for servers only", async () => (await pair.leaf("a", { purposes: ["server"] })).identity, "INVALID_PURPOSE"],
    ["one of another CA", async () => (await (await TestPki.create()).leaf("a")).identity, /^UNABLE_TO_/],
  ])("we present %s: the client sees little, the server says why", async (_, identity, code) => {
    // Again and again: what the server notes must be found every time.
    for (let round = 0; round < 5; round += 1) {
      const told = await why(await identity(), "service-b/b-1");
      expect(told).toMatchObject({ verdict: "it refuses us", side: "server", code: expect.stringMatching(code) });
      expect([told.cause, told.fix]).toEqual([expect.stringContaining("client"), expect.stringMatching(/\.$/)]);
      expect(told.certificate?.names).toEqual([serverNames.b]);
      expect(told.refusals).toHaveLength(Math.min(10, (await admin.refusals(endpointOf("b"))).length - 1));
    }
  });

  test("the server has expired: we refuse it, and it complains itself", async () => {
    const expiring = await pair.rotate("a", { ttl: 2 });
    await expect.poll(async () => (await pair.health("a")).problem, { timeout: 10_000 }).not.toBeNull();
    const told = await why((await pair.leaf("b")).identity, serverNames.a);
    expect(told).toMatchObject({
      verdict: "we refuse it",
      side: "client",
      code: "CERT_HAS_EXPIRED",
      complaint: expect.stringContaining("expired"),
      certificate: { serial: expiring.serial },
    });
    await pair.rotate("a");
  });

  test("a name nobody has is refused with the one that was meant", async () => {
    const needs = { ...beside, probe: await probeAs(""), admin };
    expect(await explainWhy(needs, { estate: estate(), deadlineMs: 1_000 }, "service-x")).toMatchObject({
      refused: true,
      hint: expect.stringMatching(/Did you mean service-[ab]\?/),
    });
  });
});

describe("why calls of one service to another fail", () => {
  const ask = async (identity: string, source = "service-a") =>
    explainPair(
      { ...beside, probe: await probeAs(identity), admin },
      { estate: estate(), deadlineMs: 5_000 },
      { source, destination: "service-b" },
    );

  test("they do not: the called one answered the caller, as its metrics tell", async () => {
    const leaf = await pair.leaf("a");
    const probe = await probeAs(leaf.identity);
    await probe(endpointOf("b"), 5_000);
    const peers = await admin.peers(endpointOf("b"));
    expect(peers.callers.map(({ name }) => name)).toContain(serverNames.a);
    expect(await ask(leaf.identity)).toMatchObject({
      side: null,
      unasked: [],
      evidence: [expect.anything(), expect.stringContaining(`It answered a call of ${serverNames.a}`)],
    });
  });

  test("the caller's certificate is over: the called one noted it", async () => {
    const probe = await probeAs((await pair.leaf("a", { ttl: -5 })).identity);
    await probe(endpointOf("b"), 5_000);
    expect(await ask((await pair.leaf("b")).identity)).toMatchObject({
      side: "caller",
      cause: expect.stringContaining("expired"),
      fix: expect.stringContaining("Renew"),
    });
  });

  test("a service does not call itself", async () => {
    expect(await ask("", "service-b")).toMatchObject({ code: "same-service" });
  });
});

describe("the chain of a service", () => {
  test("is told from the leaf to our root", async () => {
    const roots = certificatesIn(pair.pki.root, "the root");
    const needs = { ...beside, probe: await probeAs((await pair.leaf("b")).identity) };
    const told = await explainChain(needs, { estate: estate(), roots, deadlineMs: 5_000 }, "service-a");
    expect(told).toMatchObject([
      {
        endpoint: { id: "service-a/a-1" },
        report: {
          problems: [],
          links: [{ role: "leaf" }, { role: "intermediate" }, { role: "root", presented: false }],
        },
      },
    ]);
  });
});

describe("the admin port of an instance", () => {
  test("tells its swaps, its refusals and whether it is well", async () => {
    const before = (await admin.swaps(endpointOf("a"))).length;
    const { serial } = await pair.rotate("a", { generation: "r-abcd2345" });
    const swaps = await admin.swaps(endpointOf("a"));
    expect(swaps).toHaveLength(before + 1);
    expect(swaps.at(-1)).toMatchObject({ outcome: "swapped", serial, generation: "r-abcd2345", problem: null });
    expect(await admin.problem(endpointOf("a"))).toBeNull();
  });

  const failure = (work: Promise<unknown>) => work.catch((error: unknown) => (error instanceof Failure ? error : null));

  test("that is not there, is silent, or is something else, says so", async () => {
    const gone = await tcpServer(() => {});
    await gone[Symbol.asyncDispose]();
    await using silent = await tcpServer(() => {});
    await using other = await tcpServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")),
    );
    const quick = instanceAdmin({ deadlineMs: 300 });
    const at = (port: number) => anEndpoint("a-1", { admin: `http://127.0.0.1:${port}` });
    expect(await failure(quick.swaps(at(gone.port)))).toMatchObject({ code: "admin-unreachable" });
    expect(await failure(quick.swaps(at(silent.port)))).toMatchObject({ code: "admin-unreachable" });
    expect(await failure(quick.swaps(at(other.port)))).toMatchObject({ code: "admin-odd" });
    expect(await failure(quick.swaps(anEndpoint("a-1")))).toMatchObject({ code: "admin-none" });
  });

  test("of an endpoint that has none leaves what we saw ourselves", async () => {
    const { key, chain } = await pair.leaf("a", { ttl: -5 });
    await using server = await httpsServer({ key, cert: chain });
    const watched = anEndpoint("legacy", {
      id: "legacy:443",
      service: null,
      port: server.port,
      serverName: serverNames.a,
    });
    const told = await explainWhy(
      { ...beside, probe: await probeAs(""), admin },
      { estate: { services: [], endpoints: [watched] }, deadlineMs: 5_000 },
      "legacy:443",
    );
    expect(told).toMatchObject({ endpoints: [{ code: "CERT_HAS_EXPIRED", refusals: [], complaint: null }] });
  });
});
