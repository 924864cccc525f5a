import { Agent, Client, type Dispatcher } from "undici";
import { Folder, freePort, ServiceProcess, until } from "./service-process.ts";
import { TestPki, type Leaf, type LeafOptions } from "./test-pki.ts";

export type Side = "a" | "b";

export const serverNames: Record<Side, string> = { a: "service-a.example.com", b: "service-b.example.com" };

export interface Health {
  status: string;
  identity: { serial: string; generation: string | null } | null;
  problem: string | null;
}

export interface Swaps {
  swaps: { outcome: string; serial: string | null; generation: string | null; problem: string | null }[];
}

export interface Refusals {
  refusals: {
    peerAddress: string;
    peerPort: number;
    code: string;
    cause: string;
    fix: string;
    certificate: { serial: string } | null;
  }[];
}

export interface Traffic {
  fresh: { ok: number; failed: number; causes: Record<string, number> };
  kept: { ok: number; failed: number; causes: Record<string, number> };
  served: number;
  connections: number;
  rotations: number;
}

/** service-a (client certificate optional) and service-b (required), calling each other, under one PKI. */
export class ServicePair implements AsyncDisposable {
  readonly folder: Folder;
  readonly pki: TestPki;
  readonly #running: Partial<Record<Side, ServiceProcess>> = {};

  private constructor(folder: Folder, pki: TestPki) {
    this.folder = folder;
    this.pki = pki;
  }

  /** `env` overrides what both are told. */
  static async start(env: Record<string, string> = {}): Promise<ServicePair> {
    const pair = new ServicePair(await Folder.create(), await TestPki.create());
    const { folder, pki } = pair;
    try {
      await folder.replace("root.pem", pki.root);
      await folder.replace("root.crl", await pki.rootCrl());
      await folder.replace("intermediate.crl", await pki.intermediateCrl());
      const ports: Record<Side, number> = { a: await freePort(), b: await freePort() };
      for (const [side, peer] of [["b", "a"] as const, ["a", "b"] as const]) {
        await pair.give(side, await pair.leaf(side, { generation: "g0" }));
        pair.#running[side] = await ServiceProcess.start({
          SERVICE: `service-${side}`,
          INSTANCE: `${side}-1`,
          PORT: String(ports[side]),
          ADMIN_PORT: "0",
          IDENTITY_FILE: folder.at(`${side}.pem`),
          CA_FILE: folder.at("root.pem"),
          CRL_FILES: `${folder.at("root.crl")},${folder.at("intermediate.crl")}`,
          CLIENT_CERT: side === "a" ? "optional" : "required",
          SERVER_NAME: serverNames[side],
          PEER_SERVER_NAME: serverNames[peer],
          PEERS: `127.0.0.1:${ports[peer]}`,
          ...env,
        });
      }
      return pair;
    } catch (error) {
      await pair[Symbol.asyncDispose]();
      throw error;
    }
  }

  get a(): ServiceProcess {
    return this.process("a");
  }

  get b(): ServiceProcess {
    return this.process("b");
  }

  process(side: Side): ServiceProcess {
    const found = this.#running[side];
    if (!found) throw new Error(`service-${side} does not run`);
    return found;
  }

  leaf(side: Side, options: LeafOptions = {}): Promise<Leaf> {
    return this.pki.leaf(serverNames[side], options);
  }

  /** Puts the identity in place, without waiting for the service to take it. */
  async give(side: Side, { identity }: { identity: string }): Promise<void> {
    await this.folder.replace(`${side}.pem`, identity);
  }

  /** Gives a new identity and waits until it is the one in use. */
  async rotate(side: Side, options: LeafOptions = {}): Promise<Leaf> {
    const leaf = await this.leaf(side, options);
    await this.give(side, leaf);
    await until(
      `service-${side} to take ${leaf.serial}`,
      async () => (await this.health(side)).identity?.serial === leaf.serial,
    );
    return leaf;
  }

  health(side: Side): Promise<Health> {
    return this.process(side).admin<Health>("/healthz");
  }

  traffic(side: Side): Promise<Traffic> {
    return this.process(side).admin<Traffic>("/traffic");
  }

  /** The refusal that this side noted for a client's port. */
  refusal(side: Side, port: number): Promise<Refusals["refusals"][number]> {
    return until(`a refusal of port ${port} by service-${side}`, async () =>
      (await this.process(side).admin<Refusals>("/refusals")).refusals.find(({ peerPort }) => peerPort === port),
    );
  }

  origin(side: Side): string {
    return `https://127.0.0.1:${this.process(side).port}`;
  }

  /** What a client of that side uses to connect; `as` is the certificate it presents. */
  connect(
    side: Side,
    as?: Leaf,
  ): { ca: string; servername: string; maxCachedSessions: number; key?: string; cert?: string } {
    const identity = as && { key: as.key, cert: as.chain };
    return { ca: this.pki.root, servername: serverNames[side], maxCachedSessions: 0, ...identity };
  }

  /** A client that keeps its connections alive. */
  agent(side: Side, as?: Leaf): Agent {
    return new Agent({ connect: this.connect(side, as) });
  }

  /** One request over a new connection; `insecure` takes whatever certificate is shown, as `curl --insecure` does. */
  async get(side: Side, path: string, as?: Leaf, insecure = false): Promise<{ status: number; text: string }> {
    const connect = { ...this.connect(side, as), rejectUnauthorized: !insecure };
    const client = new Client(this.origin(side), { connect });
    try {
      return await this.getBy(client, side, path);
    } finally {
      await client.destroy();
    }
  }

  /** One request by a client of the caller's. */
  async getBy(by: Dispatcher, side: Side, path: string): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await by.request({ origin: this.origin(side), path, method: "GET" });
    return { status: statusCode, text: await body.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.a?.[Symbol.asyncDispose]();
    await this.#running.b?.[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
