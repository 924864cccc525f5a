import { readFile } from "node:fs/promises";
import { get, type RequestOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import { explain } from "./causes.ts";
import { describe, parseIdentity, parseTrust, tlsOptions } from "./identity.ts";

// Asks an instance for a page over a handshake of this moment, showing the instance's own pair: it is well when what it
// serves holds for a peer, and when it takes what it holds itself. One line, and 0 or 2 as Consul and Nomad read them.

const deadlineMs = 3_000;
const wanted = ["IDENTITY_FILE", "CA_FILE", "HOST", "PORT", "SERVER_NAME"] as const;

async function check(env: NodeJS.ProcessEnv): Promise<string> {
  const missing = wanted.filter((name) => !env[name]?.trim());
  if (missing.length > 0) throw new Error(`the environment lacks ${missing.join(", ")}`);
  const { IDENTITY_FILE = "", CA_FILE = "", HOST = "", PORT = "", SERVER_NAME = "" } = env;

  const identity = parseIdentity(await readFile(IDENTITY_FILE, "utf8"));
  const trust = parseTrust(await readFile(CA_FILE, "utf8"), []);
  const target = { host: HOST, port: PORT, servername: SERVER_NAME, headers: { host: SERVER_NAME } };
  const { status, socket } = await page({ ...tlsOptions({ identity, ...trust }), ...target });
  if (status !== 200) throw new Error(`it answered HTTP ${status}`);

  const served = socket.getPeerX509Certificate();
  if (served === undefined) throw new Error("it showed no certificate");
  const { serial, generation, notAfter } = describe(served);
  return `serves serial ${serial}, generation ${generation ?? "unknown"}, valid until ${new Date(notAfter).toISOString()}`;
}

function page(options: RequestOptions): Promise<{ status: number; socket: TLSSocket }> {
  return new Promise((answered, failed) => {
    const request = get({ ...options, agent: false, signal: AbortSignal.timeout(deadlineMs) }, (response) => {
      response.once("error", failed);
      response.once("end", () => answered({ status: response.statusCode ?? 0, socket: response.socket as TLSSocket }));
      response.resume();
    });
    request.once("error", failed);
  });
}

function told(error: unknown): string {
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return message;
  const known = name === "AbortError" ? "TIMEOUT" : code;
  if (known === undefined) return message;
  const { cause, fix } = explain(known, "the certificate it serves");
  return `${cause} (${known}). ${fix}`;
}

const { SERVER_NAME, HOST, PORT } = process.env;
try {
  console.log(`${SERVER_NAME} at ${HOST}:${PORT} ${await check(process.env)}`);
} catch (error) {
  console.log(`${SERVER_NAME} at ${HOST}:${PORT}: ${told(error)}`);
  process.exitCode = 2;
}
