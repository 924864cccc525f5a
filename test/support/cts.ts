import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Agent, request } from "undici";
import { eventually } from "../../lab/eventually.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";

const standIn = join(import.meta.dirname, "../../lab/cts-stand-in/main.ts");
const CALL_MS = 30_000;

/** As the lab gives it to CTS: Terraform does not ask its maker for a newer one, and seldom collects garbage. */
export const terraformEnv = { CHECKPOINT_DISABLE: "1", GOGC: "400" };

/** Which CTS is put to the test: one that runs, a program to be started, or else the lab's stand-in. */
export const asked = {
  address: process.env["CTS_ADDR"] ?? null,
  program: process.env["CTS_PROGRAM"] ?? null,
};

/** What keeps a test from starting one; null when nothing does. */
export const missingStart = asked.address === null ? null : "needs a CTS that it may start: CTS_PROGRAM=…";

/** The command that starts it with this configuration. */
export function ctsCommand(config: string): { command: string; args: string[] } {
  const args = ["start", `-config-file=${config}`];
  return asked.program === null
    ? { command: process.execPath, args: [standIn, ...args] }
    : { command: asked.program, args };
}

export interface Answer {
  status: number;
  type: string;
  /** JSON where it is JSON, whatever it calls itself. */
  body: unknown;
}

interface CallOptions {
  signal?: AbortSignal;
  contentType?: string;
}

/** Key and certificate that a client shows, and the root that it expects: PEM. */
export interface ClientTls {
  ca: string;
  cert?: string;
  key?: string;
}

export interface Cts {
  /** A body that is no text is sent as JSON. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
}

/** One that runs at this address, which is a whole URL. */
export function ctsAt(address: string, tls?: ClientTls): Cts {
  const dispatcher = tls && new Agent({ connect: tls });
  return {
    async call(method, path, body, { signal, contentType = "application/json" } = {}) {
      const deadline = AbortSignal.timeout(CALL_MS);
      const reply = await request(address + path, {
        method: method as "GET",
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        ...(dispatcher && { dispatcher }),
        ...(body !== undefined && {
          headers: { "content-type": contentType },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      });
      const type = reply.headers["content-type"];
      return { status: reply.statusCode, type: String(type ?? ""), body: jsonOr(await reply.body.text()) };
    },
  };
}

/** The client's pair for one that runs already, where it asks for one: in the variables that CTS's own command takes. */
export function tlsFromEnvironment(): ClientTls | undefined {
  const { CTS_CACERT: ca, CTS_CLIENT_CERT: cert, CTS_CLIENT_KEY: key } = process.env;
  if (ca === undefined) return undefined;
  return {
    ca: readFileSync(ca, "utf8"),
    ...(cert !== undefined && { cert: readFileSync(cert, "utf8") }),
    ...(key !== undefined && { key: readFileSync(key, "utf8") }),
  };
}

export interface CtsFile {
  port: number;
  consul: { address: string; token: string };
  /** Terraform's path. */
  terraform: string;
  /** Where tasks and state lie. */
  dir: string;
  /** Whatever else stands in the file. */
  more?: object;
}

/** Writes its configuration, which is the real one's, and gives the file. */
export function writeCtsFile({ port, consul, terraform, dir, more }: CtsFile): string {
  const file = join(dir, "cts.json");
  const config = {
    port,
    working_dir: join(dir, "sync-tasks"),
    consul: { address: new URL(consul.address).host, token: consul.token, service_registration: { enabled: false } },
    driver: {
      terraform: { path: dirname(terraform), log: false, backend: { local: { path: join(dir, "terraform.tfstate") } } },
    },
    buffer_period: { enabled: false },
    ...more,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

export interface RunningCts extends Cts, AsyncDisposable {
  readonly child: Child;
}

/** Starts it, and again whenever it ends, until it is disposed. */
export async function startCts(options: CtsFile & { tls?: ClientTls }): Promise<RunningCts> {
  const { port, dir, tls } = options;
  const supervisor = new Supervisor({ marker: dir });
  const cts = ctsAt(`${tls ? "https" : "http"}://127.0.0.1:${port}`, tls);
  const child = await supervisor.spawn({
    name: "cts",
    ...ctsCommand(writeCtsFile(options)),
    env: terraformEnv,
    log: join(dir, "cts.log"),
    async ready(signal) {
      const serves = async () =>
        (await cts.call("GET", "/v1/status", undefined, { signal })).status === 200 ? true : null;
      await eventually("CTS", serves, signal);
    },
  });
  return { ...cts, child, [Symbol.asyncDispose]: () => supervisor[Symbol.asyncDispose]() };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
