import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import { type Leaf, TestPki } from "../support/test-pki.ts";
import { type Listening, httpsServer, tcpServer, tlsServer } from "../support/tls-server.ts";

const name = "service-b.example.com";
let ours: TestPki;
let theirs: TestPki;
let folder: string;
let files: { identityFile: string; caFile: string };

beforeAll(async () => {
  [ours, theirs] = await Promise.all([TestPki.create("Ours"), TestPki.create("Theirs")]);
  folder = await mkdtemp(join(tmpdir(), "certops-probe-"));
  files = { identityFile: join(folder, "identity.pem"), caFile: join(folder, "root.pem") };
  await writeFile(files.caFile, ours.root);
  await writeFile(files.identityFile, (await ours.leaf("certops")).identity);
});

afterAll(() => rm(folder, { recursive: true }));

const at = ({ port }: Pick<Listening, "port">, over: Partial<Endpoint> = {}): Endpoint => ({
  id: `127.0.0.1:${port}`,
  service: null,
  instance: "b-1",
  host: "127.0.0.1",
  port,
  serverName: name,
  protocol: "https",
  admin: null,
  ...over,
});

const served = ({ key, chain }: Leaf) => ({ key, cert: chain });
const demanding = () => ({ requestCert: true, rejectUnauthorized: true, ca: ours.root });

/** Probes with an identity of its own, in a file of its own. */
async function probeAs(identity: string, endpoint: Endpoint) {
  const identityFile = join(folder, `${crypto.randomUUID()}.pem`);
  await writeFile(identityFile, identity);
  return createProbe({ ...files, identityFile })(endpoint, 5_000);
}

describe("a healthy server", () => {
  test("shows its chain from the leaf up, with serial and generation", async () => {
    const leaf = await ours.leaf(name, { generation: "r-abcd2345" });
    await using server = await httpsServer({ ...served(leaf), ...demanding() });
    const { observation, chain, localPort } = await createProbe(files)(at(server), 5_000);
    expect(observation.problem).toBeNull();
    expect(observation.fingerprint).toBe(chain[0]?.fingerprint);
    expect(observation.chain).toEqual(chain.map(({ fingerprint }) => fingerprint));
    expect(chain.map(({ subject }) => subject)).toEqual([`CN=${name}`, "CN=Ours Intermediate"]);
    expect(chain[0]).toMatchObject({
      serial: leaf.serial,
      generation: "r-abcd2345",
      names: [name],
      key: "EC P-256",
      isCa: false,
      issuer: "CN=Ours Intermediate",
    });
    expect(localPort).toBeGreaterThan(0);
  });

  test("shakes hands anew every time, so that a swapped certificate is seen at once", async () => {
    const [before, after] = [await ours.leaf(name), await ours.leaf(name, { key: "rsa" })];
    const probe = createProbe(files);
    const resumed: boolean[] = [];
    await using listening = await tlsServer(served(before), (socket) => {
      resumed.push("isSessionReused" in socket && (socket.isSessionReused as () => boolean)());
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    });
    const first = await probe(at(listening), 5_000);
    (listening.server as import("node:tls").Server).setSecureContext(served(after));
    const second = await probe(at(listening), 5_000);
    expect([first, second].map(({ chain }) => chain[0]?.serial)).toEqual([before.serial, after.serial]);
    expect(second.chain[0]?.key).toBe("RSA 2048");
    expect(resumed).toEqual([false, false]);
  });

  test("presents the identity its agent has renewed meanwhile", async () => {
    const [old, fresh] = [await ours.leaf("old"), await ours.leaf("fresh")];
    const seen: string[] = [];
    await using server = await tlsServer({ ...served(await ours.leaf(name)), ...demanding() }, (socket) => {
      if ("getPeerCertificate" in socket) {
        seen.push((socket.getPeerCertificate as () => { subject: { CN: string } })().subject.CN);
      }
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    });
    const identityFile = join(folder, "renewed.pem");
    await writeFile(identityFile, old.identity);
    const probe = createProbe({ ...files, identityFile });
    await probe(at(server), 5_000);
    await writeFile(`${identityFile}.new`, fresh.identity);
    await rename(`${identityFile}.new`, identityFile);
    await probe(at(server), 5_000);
    // Half written: the last good one stays.
    await writeFile(identityFile, fresh.identity.slice(0, 300));
    await probe(at(server), 5_000);
    expect(seen).toEqual(["old", "fresh", "fresh"]);
  });

  test("is judged by a root that was replaced meanwhile", async () => {
    await using server = await httpsServer(served(await theirs.leaf(name)));
    const caFile = join(folder, "moving-root.pem");
    await writeFile(caFile, ours.root);
    const probe = createProbe({ ...files, caFile });
    const before = await probe(at(server), 5_000);
    await writeFile(caFile, theirs.root);
    const after = await probe(at(server), 5_000);
    expect(before.observation.problem?.code).toBe("UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
    expect(after.observation.problem).toBeNull();
  });

  test("by its address, when the certificate names that", async () => {
    await using server = await httpsServer(served(await ours.leaf("127.0.0.1")));
    const { observation } = await createProbe(files)(at(server, { serverName: "127.0.0.1" }), 5_000);
    expect(observation.problem).toBeNull();
  });
});

describe("what the client refuses", () => {
  test.each([
    ["an expired server", "CERT_HAS_EXPIRED", async () => served(await ours.leaf(name, { ttl: -5 }))],
    [
      "a server of another name",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      async () => served(await ours.leaf("other.example.com")),
    ],
    [
      "a client certificate used by a server",
      "INVALID_PURPOSE",
      async () => served(await ours.leaf(name, { purposes: ["client"] })),
    ],
    [
      "a missing intermediate",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      async () => {
        const leaf = await ours.leaf(name);
        return { key: leaf.key, cert: leaf.certificate };
      },
    ],
    [
      "another CA, root included",
      "SELF_SIGNED_CERT_IN_CHAIN",
      async () => {
        const leaf = await theirs.leaf(name);
        return { key: leaf.key, cert: leaf.chain + theirs.root };
      },
    ],
  ])("%s: %s, and the certificate is seen all the same", async (_, code, identity) => {
    await using server = await httpsServer(await identity());
    const { observation, chain } = await createProbe(files)(at(server), 5_000);
    expect(observation.problem).toMatchObject({ code, side: "client" });
    expect(observation.problem?.cause).not.toContain(code);
    expect(observation.fingerprint).toBe(chain[0]?.fingerprint);
    expect(chain[0]?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("everything, while its roots cannot be read: the public ones never take their place", async () => {
    await using server = await httpsServer(served(await ours.leaf(name)));
    const probe = createProbe({ ...files, caFile: join(folder, "nothing.pem") });
    const { observation } = await probe(at(server), 5_000);
    expect(observation).toMatchObject({ fingerprint: null, problem: { code: "CA_FILE_UNREADABLE", side: "client" } });
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("what a server refuses over %s", (version) => {
  const pinned = { minVersion: version, maxVersion: version } as const;

  test.each([
    ["no client certificate", async () => "", {}],
    ["an expired client", async () => (await ours.leaf("certops", { ttl: -5 })).identity, {}],
    ["a client of another CA", async () => (await theirs.leaf("certops")).identity, {}],
    [
      "a server's certificate used by a client",
      async () => (await ours.leaf("certops", { purposes: ["server"] })).identity,
      {},
    ],
  ])("%s: seen as the server's doing, its certificate known", async (_, identity, extra) => {
    await using server = await httpsServer({ ...served(await ours.leaf(name)), ...demanding(), ...pinned, ...extra });
    const { observation } = await probeAs(await identity(), at(server));
    expect(observation.problem).toMatchObject({ side: "server" });
    expect(observation.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("a revoked client", async () => {
    const client = await ours.leaf("certops");
    const crl = [await ours.rootCrl(), await ours.intermediateCrl({ revoked: [client.serial] })];
    await using server = await httpsServer({ ...served(await ours.leaf(name)), ...demanding(), ...pinned, crl });
    expect((await createProbe(files)(at(server), 5_000)).observation.problem).toBeNull();
    const { observation } = await probeAs(client.identity, at(server));
    expect(observation.problem).toMatchObject({ code: "ECONNRESET", side: "server" });
  });
});

describe("what never gets as far", () => {
  test("a port nobody listens on", async () => {
    const gone = await tcpServer(() => {});
    await gone[Symbol.asyncDispose]();
    const { observation } = await createProbe(files)(at(gone), 5_000);
    expect(observation).toMatchObject({
      fingerprint: null,
      chain: [],
      problem: { code: "ECONNREFUSED", side: "network" },
    });
  });

  test("a name that does not resolve", async () => {
    const { observation } = await createProbe(files)(at({ port: 443 }, { host: "certops.invalid" }), 5_000);
    expect(observation.problem?.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
    expect(observation.problem?.side).toBe("network");
  });

  test("a server that accepts and says nothing: the deadline ends it", async () => {
    await using server = await tcpServer(() => {});
    const { observation } = await createProbe(files)(at(server), 200);
    expect(observation.problem).toMatchObject({ code: "ETIMEDOUT", side: "network" });
  });

  test("a server that shakes hands and never answers", async () => {
    await using server = await tlsServer(served(await ours.leaf(name)), () => {});
    const { observation } = await createProbe(files)(at(server), 500);
    expect(observation.problem?.code).toBe("ETIMEDOUT");
    expect(observation.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("plain HTTP", async () => {
    await using server = await tcpServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const { observation } = await createProbe(files)(at(server), 5_000);
    expect(observation.problem).toMatchObject({ side: "network", cause: "What answered does not speak TLS." });
  });

  test("a server that hangs up at once", async () => {
    await using server = await tcpServer((socket) => socket.resetAndDestroy());
    const { observation } = await createProbe(files)(at(server), 5_000);
    expect(observation.problem).toMatchObject({ code: "ECONNRESET", side: "network" });
  });

  test("TLS without HTTP counts only where it is asked for", async () => {
    await using server = await tlsServer(served(await ours.leaf(name)), (socket) =>
      socket.end("220 mail.example.com\r\n"),
    );
    const probe = createProbe(files);
    expect((await probe(at(server), 5_000)).observation.problem).toMatchObject({ code: "HPE_INVALID_CONSTANT" });
    expect((await probe(at(server, { protocol: "tls" }), 5_000)).observation.problem).toBeNull();
  });
});
