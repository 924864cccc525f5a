import { describe, expect, test } from "vitest";
import { readConfig } from "../../services/config.ts";
import { tellUpstream } from "../../services/upstream-outcome.ts";
import { freePort, ServiceProcess, SilentServer, until } from "../support/service-process.ts";
import type { Traffic } from "../support/service-pair.ts";

const env = {
  SERVE: "plain",
  SERVICE: "service-a",
  INSTANCE: "a-mesh",
  PORT: "0",
  ADMIN_PORT: "0",
  PEER_SERVICE: "service-b",
  PEER_URL: "http://127.0.0.1:7090",
};

describe("the environment of the plain way", () => {
  test("holds nothing of TLS", () => {
    expect(readConfig(env)).toEqual({
      way: "plain",
      service: "service-a",
      instance: "a-mesh",
      host: "127.0.0.1",
      port: 0,
      adminPort: 0,
      peerService: "service-b",
      peerAddress: { host: "127.0.0.1", port: 7090 },
      steadyPerSecond: 0,
      maxRequestMs: 10_000,
    });
  });

  test.each([
    [{ SERVE: "tls" }, 'SERVE must be "mtls" or "plain", not "tls"'],
    [{ HOST: "0.0.0.0" }, 'HOST must be a loopback address where SERVE is plain, not "0.0.0.0"'],
    [{ HOST: "127.example.com" }, 'HOST must be a loopback address where SERVE is plain, not "127.example.com"'],
    [{ PEER_URL: "https://127.0.0.1:7090" }, 'PEER_URL must be http://host:port, not "https://127.0.0.1:7090"'],
    [{ PEER_URL: "http://127.0.0.1" }, 'PEER_URL must be http://host:port, not "http://127.0.0.1"'],
    [{ PEER_URL: "" }, "PEER_URL is missing"],
    [{ PEER_SERVICE: "" }, "PEER_SERVICE is missing"],
  ])("%o is told in a sentence", (wrong, problem) => {
    const config = readConfig({ ...env, ...wrong });
    expect("problems" in config && config.problems).toContain(problem);
  });

  test("a host that others can reach is refused at the start", async () => {
    await using service = ServiceProcess.spawn({ ...env, HOST: "0.0.0.0" });
    expect(await service.exited).toBe(2);
    expect(service.stderr).toMatch(/^The environment is not right: HOST must be a loopback address .*\n$/);
  });
});

describe("served in plain", () => {
  test("one calls the other, steadily too, and says what it leaves to its sidecar", async () => {
    await using b = await ServiceProcess.start({ ...env, SERVICE: "service-b", INSTANCE: "b-mesh" });
    await using a = await ServiceProcess.start({ ...env, PEER_URL: `http://127.0.0.1:${b.port}`, STEADY: "40" });
    const page = async (path: string) => (await fetch(`http://127.0.0.1:${a.port}${path}`)).text();
    expect(await page("/")).toBe('Hello from "service-a"\n');
    expect(await page("/w-mtls")).toBe(
      `service-a called service-b at 127.0.0.1:${b.port} in plain HTTP: the sidecars do the mTLS.\nOutcome: answered\nRefused by: nobody\nservice-b says: Hello from "service-b"\n`,
    );
    expect(await page("/wo-cert-mtls")).toMatch(
      /^service-a has no certificate to leave out: .*\nOutcome: not tried\nFix: /,
    );
    expect(await page("/wo-ca-mtls")).toMatch(/^service-a has no CA to leave out: .*\nOutcome: not tried\nFix: /);
    const steady = async () => {
      const { fresh, kept } = await a.admin<Traffic>("/traffic");
      return fresh.ok > 5 && kept.ok > 5 ? { fresh, kept } : null;
    };
    expect(await until("steady traffic", steady)).toMatchObject({ fresh: { failed: 0 }, kept: { failed: 0 } });
    expect(await a.admin("/healthz")).toMatchObject({ status: "ok", way: "plain", identity: null, problem: null });
    expect(await a.admin("/swaps")).toEqual({ swaps: [] });
    const { served, connections } = await b.admin<Traffic>("/traffic");
    // Every fresh call opens a connection of its own, and all kept ones share one.
    expect(served).toBeGreaterThan(10);
    expect(connections).toBeLessThan(served);
    const metrics = await (await fetch(`http://127.0.0.1:${b.adminPort}/metrics`)).text();
    expect(metrics).toMatch(/^service_requests_total \d+$/m);
    expect(metrics).not.toMatch(/x509_cert|handshakes|rotations/);
  });

  test("SIGTERM answers the request in flight, and it exits 0", async () => {
    await using silent = await SilentServer.start();
    await using a = await ServiceProcess.start({ ...env, PEER_URL: `http://127.0.0.1:${silent.port}` });
    const answer = fetch(`http://127.0.0.1:${a.port}/w-mtls`);
    answer.catch(() => {}); // told below, if nothing fails before
    const asked = async () => (await a.admin<Traffic>("/traffic")).served === 1;
    await until("the request to be in flight", asked);
    a.signal("SIGTERM");
    await a.line("stopping");
    expect(await (await answer).text()).toMatch(
      /\nOutcome: not reached\nRefused by: nobody\nCause: no answer in time \(TIMEOUT\)\n/,
    );
    expect(await a.exited).toBe(0);
  });

  test("without a sidecar the call is not reached, and the page says where to look", async () => {
    await using a = await ServiceProcess.start({ ...env, PEER_URL: `http://127.0.0.1:${await freePort()}` });
    const page = await (await fetch(`http://127.0.0.1:${a.port}/w-mtls`)).text();
    expect(page).toMatch(
      /\nOutcome: not reached\nRefused by: nobody\nCause: service-a's own sidecar does not take the call \(ECONNREFUSED\)\nFix: Start the sidecar/,
    );
  });
});

describe("what a sidecar answers in the service's place is told as its own", () => {
  const told = (status: number, body: string) =>
    tellUpstream("service-a", "service-b", { host: "127.0.0.1", port: 7090 }, { status, body });

  test.each([
    [403, "RBAC: access denied", /Outcome: refused\nRefused by: service-b's sidecar\nCause: no intention allows/],
    [
      503,
      "no healthy upstream",
      /Outcome: not reached\nRefused by: nobody\nCause: service-a's sidecar reaches no healthy/,
    ],
    [
      503,
      "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED",
      /Outcome: refused\nRefused by: the sidecars of service-a and service-b, by one another\nCause: the handshake between/,
    ],
    [503, "upstream connect error or disconnect/reset before headers. reset reason: overflow", /Outcome: not reached/],
  ])("%i %s", (status, body, page) => {
    expect(told(status, body)).toMatch(page);
    expect(told(status, body)).toContain(`(HTTP ${status}: ${body})`);
  });

  test("and what the service itself answers is told as the service's", () => {
    expect(told(404, "Not here.\n")).toMatch(
      /\nOutcome: refused with HTTP 404\nRefused by: service-b, which says:\nNot here.\n$/,
    );
  });
});
