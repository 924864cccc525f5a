import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingCurl } from "../support/missing.ts";
import { ServicePair, type Refusals, type Side } from "../support/service-pair.ts";
import { SilentServer, until } from "../support/service-process.ts";
import { TestPki, type Leaf } from "../support/test-pki.ts";

/** How a client sees a server that hangs up, depending on what it had sent by then. */
const hungUp = { code: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/) };
const names: Record<Side, string> = { a: "service-a", b: "service-b" };
const portIn = (text: string) => Number(/Our port: (\d+)/.exec(text)?.[1]);

describe("what the pages tell", () => {
  let pair: ServicePair;
  let visitor: Leaf;

  beforeAll(async () => {
    pair = await ServicePair.start();
    visitor = await pair.pki.leaf("visitor.example.com");
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  test.each(["a", "b"] as const)("service-%s greets", async (side) => {
    expect(await pair.get(side, "/", visitor)).toEqual({ status: 200, text: `Hello from "${names[side]}"\n` });
  });

  test.each([
    ["a", "b"],
    ["b", "a"],
  ] as const)(
    "service-%s with a certificate is answered by service-%s, whose serial and generation it tells",
    async (side, peer) => {
      const { status, text } = await pair.get(side, "/w-mtls", visitor);
      expect(status).toBe(200);
      expect(text).toContain("Outcome: answered\nRefused by: nobody\n");
      expect(text).toContain(`service-${peer}.example.com says: Hello from "${names[peer]}"`);
      const { identity } = await pair.health(peer);
      expect(text).toContain(`serial ${identity?.serial}, generation g0, valid until 20`);
    },
  );

  test("service-a without a certificate is refused by service-b, which notes the port it came from", async () => {
    const { status, text } = await pair.get("a", "/wo-cert-mtls");
    expect(status).toBe(200);
    expect(text).toContain("Outcome: refused\nRefused by: service-b.example.com\n");
    expect(text).toContain("Cause: it requires a client certificate, and none was presented");
    expect(text).toMatch(/^Fix: Present one/m);
    const refusal = await pair.refusal("b", portIn(text));
    expect(refusal).toMatchObject({
      peerAddress: "127.0.0.1",
      code: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
      cause: "the client presented no certificate, and one is required",
      certificate: null,
    });
  });

  test("service-b without a certificate is answered by service-a, which requires none", async () => {
    const { text } = await pair.get("b", "/wo-cert-mtls", visitor);
    expect(text).toContain("Outcome: answered");
    expect(text).toContain('service-a.example.com says: Hello from "service-a"');
  });

  test.each(["a", "b"] as const)("service-%s without the CA refuses the other side itself", async (side) => {
    const { status, text } = await pair.get(side, "/wo-ca-mtls", visitor);
    expect(status).toBe(200);
    expect(text).toContain(`Outcome: refused\nRefused by: ${names[side]} (this side)`);
    expect(text).toMatch(/^Cause: service-.\.example\.com's certificate .* not trusted here/m);
    expect(text).toMatch(/^Fix: Trust .* root here/m);
  });

  test("an unknown page and a malformed one are told in a line, without a stack", async () => {
    expect(await pair.get("a", "/nowhere")).toEqual({
      status: 404,
      text: "Not here. Try / /w-mtls /wo-cert-mtls /wo-ca-mtls\n",
    });
    const malformed = await pair.get("a", "/%E0%A4%A");
    expect(malformed.text).not.toContain(" at ");
  });

  test("a wrong certificate shown to service-a, which requires none, is refused with the cause", async () => {
    const stranger = await (await TestPki.create("Stranger")).leaf("visitor.example.com");
    const { status, text } = await pair.get("a", "/", stranger);
    expect(status).toBe(403);
    expect(text).toMatch(
      /^Refused by this server: the client's certificate comes from a CA .* not trusted \(UNABLE_TO_GET_CRL\)/,
    );
    expect(text).toMatch(/^Fix: /m);
    const { refusals } = await pair.a.admin<{ refusals: { certificate: { serial: string } | null }[] }>("/refusals");
    expect(refusals.at(-1)?.certificate?.serial).toBe(stranger.serial);
  });

  test("metrics carry the certificate under the names that dashboards know", async () => {
    const response = await fetch(`http://127.0.0.1:${pair.b.adminPort}/metrics`);
    const text = await response.text();
    const { identity } = await pair.health("b");
    expect(text).toMatch(
      new RegExp(`^x509_cert_not_after{.*serial_number="${identity?.serial.replaceAll(":", "")}".*} \\d{10}$`, "m"),
    );
    expect(text).toMatch(/^service_handshakes_total [1-9]/m);
  });
});

describe("an identity that ran out while it was served", () => {
  const ranOut = async (pair: ServicePair, side: Side) => {
    await pair.rotate(side, { ttl: 2 });
    await until(`service-${side} to run out`, async () => (await pair.health(side)).status === "unhealthy");
    expect((await pair.health(side)).problem).toBe("the certificate in use has expired");
  };

  test("of service-a: it sees only a reset, and service-b knows the cause under the port that service-a tells", async () => {
    await using pair = await ServicePair.start();
    await ranOut(pair, "a");
    const { text } = await pair.get("a", "/w-mtls", undefined, true);
    expect(text).toContain("Outcome: refused\nRefused by: service-b.example.com\n");
    expect(text).toContain("Cause: the other side closed the connection without saying why");
    expect(text).toContain("/refusals on its admin port");
    expect(await pair.refusal("b", portIn(text))).toMatchObject({
      code: "CERT_HAS_EXPIRED",
      cause: "the client's certificate has expired",
    });

    const mirrored = await pair.get("b", "/w-mtls", await pair.pki.leaf("visitor.example.com"));
    expect(mirrored.text).toContain("Outcome: refused\nRefused by: service-b (this side)\n");
    expect(mirrored.text).toContain("Cause: service-a.example.com's certificate has expired (CERT_HAS_EXPIRED)");
  });

  test("of service-b: service-a refuses its call with a 403 that says why", async () => {
    await using pair = await ServicePair.start();
    await ranOut(pair, "b");
    const { text } = await pair.get("b", "/w-mtls", await pair.pki.leaf("visitor.example.com"), true);
    expect(text).toContain("Outcome: refused with HTTP 403\nRefused by: service-a.example.com, which says:\n");
    expect(text).toContain("the client's certificate has expired (CERT_HAS_EXPIRED)");

    const mirrored = await pair.get("a", "/w-mtls");
    expect(mirrored.text).toContain("Refused by: service-a (this side)");
    expect(mirrored.text).toContain("Cause: service-b.example.com's certificate has expired (CERT_HAS_EXPIRED)");
  });
});

describe("other ways to fail", () => {
  test("a revoked client, one for servers only and one of another CA each get their cause noted", async () => {
    await using pair = await ServicePair.start();
    const revoked = await pair.pki.leaf("revoked.example.com");
    const serverOnly = await pair.pki.leaf("server.example.com", { purposes: ["server"] });
    await pair.get("b", "/", revoked);
    await pair.folder.replace("intermediate.crl", await pair.pki.intermediateCrl({ revoked: [revoked.serial] }));

    const codes = async () => (await pair.b.admin<Refusals>("/refusals")).refusals.map(({ code }) => code);
    await until("the revoked client to be refused", async () => {
      await pair.get("b", "/", revoked).catch(() => {});
      return (await codes()).includes("CERT_REVOKED");
    });
    await expect(pair.get("b", "/", serverOnly)).rejects.toMatchObject(hungUp);
    await until("INVALID_PURPOSE", async () => (await codes()).includes("INVALID_PURPOSE"));
    const stranger = await (await TestPki.create("Stranger")).leaf("visitor.example.com");
    await expect(pair.get("b", "/", stranger)).rejects.toMatchObject(hungUp);
    await until("UNABLE_TO_GET_CRL", async () => (await codes()).includes("UNABLE_TO_GET_CRL"));
  });

  test.for<[string, (to: string) => string[], string, RegExp]>([
    ["curl without the root", (to: string) => [to], "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", /does not trust the CA of our/],
    [
      "curl that speaks no TLS 1.3",
      (to: string) => ["--tls-max", "1.2", to],
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      /no TLS 1.3/,
    ],
    ["plain HTTP", (to: string) => [to.replace("https", "http")], "ERR_SSL_HTTP_REQUEST", /plain HTTP/],
  ])("%s is noted by the server, under curl's port", async ([_what, args, code, cause], { skip }) => {
    if (missingCurl) skip(missingCurl);
    await using pair = await ServicePair.start();
    const run = promisify(execFile)("curl", ["--silent", "--write-out", "%{local_port}", ...args(pair.origin("a"))]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const refusal = await pair.refusal("a", Number(stdout));
    expect(refusal.code).toBe(code);
    expect(refusal.cause).toMatch(cause);
  });

  test("a peer that does not run is told as not reached, not as a refusal", async () => {
    await using pair = await ServicePair.start();
    pair.b.signal("SIGKILL");
    await pair.b.exited;
    const { status, text } = await pair.get("a", "/w-mtls");
    expect(status).toBe(200);
    expect(text).toContain(
      "Outcome: not reached\nRefused by: nobody\nCause: nobody listens at that address (ECONNREFUSED)",
    );
  });

  test("a peer that accepts and stays silent is told after the deadline", async () => {
    await using silent = await SilentServer.start();
    await using pair = await ServicePair.start({ PEERS: `127.0.0.1:${silent.port}`, MAX_REQUEST_MS: "400" });
    const { text } = await pair.get("a", "/w-mtls");
    expect(text).toMatch(
      /Outcome: not reached\nRefused by: nobody\nCause: no answer in time \((TIMEOUT|UND_ERR_CONNECT_TIMEOUT)\)/,
    );
  });
});
