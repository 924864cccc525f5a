import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectPlain } from "node:net";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ClientTls, type CtsFile, missingStart, startCts } from "../support/cts.ts";
import { exitWith } from "../support/cts-exit.ts";
import { patchTask, taskOn } from "../support/cts-task.ts";
import { type OwnGround, ownGround } from "../support/cts-world.ts";
import { TestPki } from "../support/test-pki.ts";

// Whom CTS trusts and what it shows, towards Consul and towards its own callers.

let ground: OwnGround;
let file: CtsFile;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  if (missingStart !== null) return;
  ground = owned.use(await ownGround());
  ({ file } = ground);
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missingStart !== null) context.skip(missingStart);
});

/** The serial of the certificate with which a call was answered; null when it was not. */
async function served(port: number, tls: ClientTls): Promise<string | null> {
  const socket = connect({ host: "127.0.0.1", port, ...tls });
  try {
    socket.write("GET /v1/health HTTP/1.0\r\n\r\n");
    await Promise.race([once(socket, "data"), once(socket, "close").then(() => Promise.reject(new Error("closed")))]);
    return socket.getPeerCertificate().serialNumber.toLowerCase().match(/../g)?.join(":") ?? "";
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

describe("towards Consul", () => {
  test("over TLS it trusts the authority that its file names, and shows its own pair", async () => {
    const pki = await TestPki.create();
    const leaf = await pki.leaf("consul", { names: ["127.0.0.1"] });
    const pair = join(file.dir, "consul-client.pem");
    const [right, wrong] = [join(file.dir, "consul-ca.pem"), join(file.dir, "other-ca.pem")];
    writeFileSync(pair, leaf.chain + leaf.key, { mode: 0o600 });
    writeFileSync(right, pki.root + pki.intermediate);
    writeFileSync(wrong, (await TestPki.create("Other")).root);
    const { hostname, port } = new URL(file.consul.address);
    const tlsOptions = { cert: leaf.chain, key: leaf.key, ca: [pki.root, pki.intermediate], requestCert: true };
    const front = createServer(tlsOptions, (socket) => {
      const behind = connectPlain(Number(port), hostname);
      for (const end of [socket, behind])
        end.on("error", () => {}).on("close", () => void [socket, behind].map((one) => one.destroy()));
      socket.pipe(behind).pipe(socket);
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    await using _front = { [Symbol.asyncDispose]: async () => void front.close() };
    const address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    const service_registration = { enabled: false };
    const consul = (ca_cert: string) => ({
      consul: { address, token: file.consul.token, tls: { ca_cert, cert: pair, key: pair }, service_registration },
    });
    expect(await exitWith({ ...file, more: consul(wrong) })).toBe(15);
    const task = taskOn(ground);
    await ground.content.put(`${task.name}/a`, "over TLS");
    await using cts = await startCts({ ...file, more: consul(right) });
    await cts.call("POST", "/v1/tasks", { task });
    const { body } = await patchTask(cts, task.name, "?run=inspect");
    expect(JSON.stringify(body)).toContain("over TLS");
  });
});

describe("over mutual TLS", () => {
  test("it serves whom its authority knows, with the pair that it read at its start", async () => {
    const pki = await TestPki.create();
    const stranger = await (await TestPki.create("Other")).leaf("client", { purposes: ["client"] });
    const client = await pki.leaf("client", { purposes: ["client"] });
    const cert = join(file.dir, "cts.pem");
    const ca = join(file.dir, "ca.pem");
    const writePair = async () => {
      const leaf = await pki.leaf("cts", { purposes: ["server"], names: ["127.0.0.1"] });
      writeFileSync(cert, leaf.chain + leaf.key, { mode: 0o600 });
      return leaf.serial;
    };
    writeFileSync(ca, pki.root + pki.intermediate);
    const more = { tls: { enabled: true, cert, key: cert, verify_incoming: true, ca_cert: ca } };
    const known = { ca: pki.root, cert: client.chain, key: client.key };
    const first = await writePair();
    {
      await using cts = await startCts({ ...file, more, tls: known });
      expect(await served(file.port, known)).toBe(first);
      expect(await served(file.port, { ca: pki.root, cert: stranger.chain, key: stranger.key })).toBeNull();
      expect(await served(file.port, { ca: pki.root })).toBeNull();
      await writePair();
      expect(await cts.call("GET", "/v1/health")).toMatchObject({ status: 200 });
      expect(await served(file.port, known)).toBe(first);
    }
    await using cts = await startCts({ ...file, more, tls: known });
    expect(await cts.call("GET", "/v1/health")).toMatchObject({ status: 200 });
    expect(await served(file.port, known)).not.toBe(first);
  });
});
