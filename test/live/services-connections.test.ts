import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { parseIdentity } from "../../services/identity.ts";
import { RotatingServer } from "../../services/server.ts";
import { serverNames, ServicePair } from "../support/service-pair.ts";
import { until } from "../support/service-process.ts";
import { TestPki } from "../support/test-pki.ts";

/** How a client sees a server that hangs up, depending on what it had sent by then. */
const hungUp = { code: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/) };
const request = (path = "/") => `GET ${path} HTTP/1.1\r\nHost: ${serverNames.a}\r\n\r\n`;

/** One raw connection to service-a, so that what the server says of it can be read. */
class RawConnection implements Disposable {
  readonly socket: TLSSocket;
  readonly closed: Promise<unknown>;
  #received = "";

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    this.closed = new Promise((closed) => socket.once("close", closed));
    socket.setEncoding("utf8").on("data", (text: string) => (this.#received += text));
    socket.on("error", () => {});
  }

  static async open(pair: ServicePair): Promise<RawConnection> {
    const socket = connect({ host: "127.0.0.1", port: pair.a.port, ca: pair.pki.root, servername: serverNames.a });
    await once(socket, "secureConnect");
    return new RawConnection(socket);
  }

  /** The head of the answer. */
  async ask(path = "/"): Promise<string> {
    this.#received = "";
    this.socket.write(request(path));
    const answer = await until(`an answer to ${path}`, async () => {
      const end = this.#received.indexOf("\r\n\r\n");
      return end > 0 && this.#received.length > end + 4 && this.#received;
    });
    return answer.toLowerCase().split("\r\n\r\n")[0] ?? "";
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

describe("a connection from before a rotation", () => {
  test("in use: its next answer says Connection: close, and one from after is kept alive", async () => {
    await using pair = await ServicePair.start();
    using old = await RawConnection.open(pair);
    expect(await old.ask()).toContain("connection: keep-alive\r\nkeep-alive: timeout=5");
    expect(await old.ask()).toContain("connection: keep-alive");
    await pair.rotate("a");
    expect(await old.ask()).toContain("connection: close");
    await old.closed;

    using fresh = await RawConnection.open(pair);
    expect(await fresh.ask()).toContain("connection: keep-alive");
  });

  test("idle: it is left alone until the announced time-out, then it ends", async () => {
    await using pair = await ServicePair.start({ KEEP_ALIVE_MS: "1000" });
    using old = await RawConnection.open(pair);
    expect(await old.ask()).toContain("keep-alive: timeout=1");
    await pair.rotate("a");
    expect(old.socket.closed).toBe(false);
    await old.closed;
  });

  test("with a request in flight at the swap: that very answer says Connection: close", async () => {
    await using pair = await ServicePair.start();
    using old = await RawConnection.open(pair);
    await old.ask();
    pair.b.signal("SIGSTOP");
    const answer = old.ask("/w-mtls");
    await until("the request", async () => (await pair.traffic("a")).served === 2);
    await pair.rotate("a");
    pair.b.signal("SIGCONT");
    expect(await answer).toContain("connection: close");
  });

  test("of a client whose certificate has run out meanwhile: its next answer says Connection: close", async () => {
    await using pair = await ServicePair.start();
    const visitor = await pair.pki.leaf("visitor.example.com", { ttl: 2 });
    const client = pair.agent("b", visitor);
    await pair.getBy(client, "b", "/");
    await until("the refusal of a new connection", async () => {
      await pair.get("b", "/", visitor).catch(() => {});
      const { refusals } = await pair.b.admin<{ refusals: { code: string }[] }>("/refusals");
      return refusals.some(({ code }) => code === "CERT_HAS_EXPIRED");
    });
    const last = await client.request({ origin: pair.origin("b"), path: "/", method: "GET" });
    expect(last.statusCode).toBe(200);
    expect(last.headers["connection"]).toBe("close");
    await last.body.dump();
    await expect(pair.getBy(client, "b", "/")).rejects.toMatchObject(hungUp);
    await client.close();
  });
});

test("a client cannot resume a session: each connection is checked in full", async () => {
  await using pair = await ServicePair.start();
  const options = { host: "127.0.0.1", port: pair.a.port, ca: pair.pki.root, servername: serverNames.a };
  const first = connect(options);
  const [session] = (await Promise.race([once(first, "session"), once(first, "close")])) as [Buffer | undefined];
  first.destroy();
  const second = connect({ ...options, ...(session instanceof Buffer && { session }) });
  await once(second, "secureConnect");
  expect(second.isSessionReused()).toBe(false);
  second.destroy();
});

describe("a request that is never answered", () => {
  const name = serverNames.a;
  const asked = async () => {
    const pki = await TestPki.create();
    const material = async () => ({
      identity: parseIdentity((await pki.leaf(name)).identity),
      ca: pki.root,
      crls: [],
      lapsed: false,
    });
    const reached = Promise.withResolvers<void>();
    const rules = { clientCert: "optional" as const, keepAliveMs: 100, maxRequestMs: 3_000 };
    const server = new RotatingServer(
      await material(),
      rules,
      () => reached.resolve(),
      () => {},
    );
    server.https.listen(0, "127.0.0.1");
    await once(server.https, "listening");
    const { port } = server.https.address() as AddressInfo;
    const socket = connect({ host: "127.0.0.1", port, ca: pki.root, servername: name });
    const closed = new Promise((ended) => socket.once("close", ended));
    socket.on("error", () => {}).resume();
    socket.write(request());
    await reached.promise;
    return { server, material, closed };
  };

  test("is cut when the bound after a rotation has passed", async () => {
    const { server, material, closed } = await asked();
    expect(server.bound).toBe(4_100);
    server.rotate(await material());
    expect(server.openConnections).toBe(1);
    await closed;
    await server.stop(0);
  });

  test("does not hold up a stop beyond its deadline", async () => {
    const { server, closed } = await asked();
    await expect(server.stop(100)).resolves.toBeUndefined();
    await closed;
  });
});
