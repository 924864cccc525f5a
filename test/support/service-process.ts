import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TiedProcess } from "./tied-process.ts";

const program = new URL("../../services/main.ts", import.meta.url).pathname;

/** The environment of an instance that does mTLS itself, with nobody to call and no file that is there. */
export const mtlsEnvironment = {
  SERVICE: "service-a",
  INSTANCE: "a-1",
  PORT: "0",
  ADMIN_PORT: "0",
  IDENTITY_FILE: "/nowhere/identity.pem",
  CA_FILE: "/nowhere/root.pem",
  SERVER_NAME: "service-a.example.com",
  PEER_SERVER_NAME: "service-b.example.com",
};

export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "certops-services-")));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Replaces the file in one step, as agents do. */
  async replace(name: string, text: string): Promise<void> {
    await writeFile(this.at(`.${name}.new`), text, { mode: 0o600 });
    await rename(this.at(`.${name}.new`), this.at(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export interface LogLine {
  at: number;
  event: string;
  [field: string]: unknown;
}

/** One `services/main.ts` as a process of its own. */
export class ServiceProcess extends TiedProcess<LogLine> {
  port = 0;
  adminPort = 0;

  /** `env` as in services/README.md. Does not wait until the service listens. */
  static spawn(env: Record<string, string>): ServiceProcess {
    return new ServiceProcess(program, env);
  }

  static async start(env: Record<string, string>): Promise<ServiceProcess> {
    const service = ServiceProcess.spawn(env);
    try {
      const ready = await service.line("listening");
      service.port = Number(ready["port"]);
      service.adminPort = Number(ready["adminPort"]);
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The first log line of that event at or after line number `from`. */
  line(event: string, from = 0): Promise<LogLine> {
    return until(`a line "${event}"`, async () => this.logged((line) => line.event === event, from));
  }

  async admin<Body>(path: string): Promise<Body> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}${path}`);
    return (await response.json()) as Body;
  }
}

/** Asks until there is an answer; throws at the deadline, naming what was awaited. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | null | false>,
  deadlineMs = 20_000,
): Promise<Found> {
  for (const deadline = Date.now() + deadlineMs; Date.now() < deadline;) {
    const found = await look();
    if (found) return found;
    await new Promise((wake) => setTimeout(wake, 10));
  }
  throw new Error(`awaited in vain: ${what}`);
}

export async function freePort(): Promise<number> {
  for (;;) {
    // Below what the kernel hands to outgoing connections, and below the lab's: nobody takes it before it is used.
    const port = randomInt(10_000, 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}

/** Accepts connections and never says a word. */
export class SilentServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(): Promise<SilentServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => void sockets.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SilentServer(server, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
