import { createServer } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../services/config.ts";
import { ServicePair } from "../support/service-pair.ts";
import { Folder, freePort, mtlsEnvironment, ServiceProcess, SilentServer, until } from "../support/service-process.ts";
import { TestPki } from "../support/test-pki.ts";

const env = { ...mtlsEnvironment, PEERS: "127.0.0.1:1" };

describe("the environment", () => {
  test("is read with its defaults", () => {
    expect(readConfig({ ...env, PEERS: "127.0.0.1:8443, [::1]:8444" })).toMatchObject({
      host: "127.0.0.1",
      clientCert: "required",
      crlFiles: [],
      peers: [
        { host: "127.0.0.1", port: 8443 },
        { host: "[::1]", port: 8444 },
      ],
      steadyPerSecond: 0,
      maxRequestMs: 10_000,
      keepAliveMs: 5_000,
    });
  });

  test.each([
    [{ PORT: "" }, 'PORT must be a whole number from 0 to 65535, not ""'],
    [{ PORT: "70000" }, 'PORT must be a whole number from 0 to 65535, not "70000"'],
    [{ PEERS: "" }, "PEERS is missing: give at least one host:port"],
    [{ PEERS: "127.0.0.1" }, 'PEERS must be host:port,host:port, not "127.0.0.1"'],
    [{ PEERS: "127.0.0.1:0" }, 'PEERS must be host:port,host:port, not "127.0.0.1:0"'],
    [{ CLIENT_CERT: "maybe" }, 'CLIENT_CERT must be "optional" or "required", not "maybe"'],
    [{ CA_FILE: " " }, "CA_FILE is missing"],
    [{ STEADY: "-1" }, 'STEADY must be a whole number from 0 to 1000, not "-1"'],
    [{ KEEP_ALIVE_MS: "0" }, 'KEEP_ALIVE_MS must be a whole number from 1000 to 600000, not "0"'],
  ])("%o is told in a sentence", (wrong, problem) => {
    expect(readConfig({ ...env, ...wrong })).toEqual({ problems: [problem] });
  });

  test("wrong at the start: one line with all that is wrong, and exit 2", async () => {
    await using service = ServiceProcess.spawn({ ...env, PORT: "none", SERVICE: "" });
    expect(await service.exited).toBe(2);
    expect(service.stderr).toBe(
      'The environment is not right: SERVICE is missing; PORT must be a whole number from 0 to 65535, not "none". services/README.md lists every variable.\n',
    );
  });
});

describe("start", () => {
  test("waits for the identity and says what it lacks meanwhile", async () => {
    await using folder = await Folder.create();
    const pki = await TestPki.create();
    const adminPort = await freePort();
    await using service = ServiceProcess.spawn({
      ...env,
      ADMIN_PORT: String(adminPort),
      IDENTITY_FILE: folder.at("identity.pem"),
      CA_FILE: folder.at("root.pem"),
    });
    await service.line("swap-refused");
    service.adminPort = adminPort;
    const health = await fetch(`http://127.0.0.1:${adminPort}/healthz`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      status: "unhealthy",
      identity: null,
      problem: expect.stringMatching(/^ENOENT/),
    });

    await folder.replace("root.pem", pki.root);
    await folder.replace("identity.pem", (await pki.leaf(env.SERVER_NAME)).identity);
    await service.line("listening");
    expect(await service.admin("/healthz")).toMatchObject({ status: "ok", problem: null });
  });

  test("with its port taken ends with the reason", async () => {
    await using folder = await Folder.create();
    await using taken = await SilentServer.start();
    const pki = await TestPki.create();
    await folder.replace("root.pem", pki.root);
    await folder.replace("identity.pem", (await pki.leaf(env.SERVER_NAME)).identity);
    await using service = ServiceProcess.spawn({
      ...env,
      PORT: String(taken.port),
      IDENTITY_FILE: folder.at("identity.pem"),
      CA_FILE: folder.at("root.pem"),
    });
    expect(await service.exited).toBe(1);
    expect(service.lines.at(-1)).toMatchObject({ event: "failed", code: "EADDRINUSE" });
  });

  test("stopped while it waits for the identity, it ends at once with 0", async () => {
    await using service = ServiceProcess.spawn(env);
    await service.line("swap-refused");
    service.signal("SIGTERM");
    expect(await service.exited).toBe(0);
  });
});

describe("signals", () => {
  test("SIGHUP judges the files again", async () => {
    await using pair = await ServicePair.start();
    const soon = await pair.leaf("a", { age: -2, ttl: 600 });
    await pair.give("a", soon);
    await until("the refusal", async () => (await pair.health("a")).problem?.includes("not valid yet"));
    await until("the hour of the certificate", async () => {
      pair.a.signal("SIGHUP");
      return (await pair.health("a")).identity?.serial === soon.serial;
    });
    expect((await pair.health("a")).problem).toBeNull();
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s answers the request in flight, takes no other, and exits 0",
    async (signal) => {
      const asked = Promise.withResolvers<void>();
      await using gate = await TestGate.start(asked.resolve);
      await using pair = await ServicePair.start({ PEERS: `127.0.0.1:${gate.port}` });
      const answer = pair.get("a", "/w-mtls");
      answer.catch(() => {}); // told below, if nothing fails before
      await asked.promise;
      pair.a.signal(signal);
      await pair.a.line("stopping");
      await expect(pair.get("a", "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
      gate.open();
      expect((await answer).text).toMatch(/^service-a called service-b\.example\.com at .*\nOutcome: /);
      expect(await pair.a.exited).toBe(0);
      expect(pair.a.lines.at(-1)?.event).toBe("stopped");
    },
  );

  test("SIGTERM with a peer that never answers ends within the bound on requests", async () => {
    const asked = Promise.withResolvers<void>();
    await using gate = await TestGate.start(asked.resolve);
    await using pair = await ServicePair.start({ PEERS: `127.0.0.1:${gate.port}`, MAX_REQUEST_MS: "2500" });
    const answer = pair.get("a", "/w-mtls").catch(() => null);
    await asked.promise;
    pair.a.signal("SIGTERM");
    expect(await pair.a.exited).toBe(0);
    await answer;
  });
});

/** Holds every connection until it is opened; then it hangs up. */
class TestGate implements AsyncDisposable {
  readonly port: number;
  readonly open: () => void;
  readonly #close: () => Promise<void>;

  private constructor(port: number, open: () => void, close: () => Promise<void>) {
    this.port = port;
    this.open = open;
    this.#close = close;
  }

  static async start(onConnection: () => void): Promise<TestGate> {
    const gate = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      socket.on("error", () => {}).resume();
      onConnection();
      void gate.promise.then(() => socket.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return new TestGate(port, gate.resolve, async () => {
      gate.resolve();
      server.close();
      await once(server, "close");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
