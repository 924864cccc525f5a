import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type SecureContext, type TLSSocket, checkServerIdentity, connect } from "node:tls";
import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint, HandshakeProblem } from "../domain/endpoint.ts";
import { handshakeProblem, notHttp, rootsUnreadable } from "../domain/handshake.ts";
import type { Probe } from "../operations/ports.ts";
import { clientContext } from "./tls-context.ts";
import { certificateOf, fingerprintOf } from "./x509.ts";

/** What one connection came to. */
interface Look {
  presented: X509Certificate[];
  problem: HandshakeProblem | null;
  localPort: number | undefined;
}

/** Probes with certops' own identity, judged by its roots. Both files are read again when they change. */
export function createProbe(files: { identityFile: string; caFile: string }): Probe {
  const currentContext = clientContext(files);
  const parse = rememberingParser();

  return async (endpoint, deadlineMs) => {
    const start = performance.now();
    const context = await currentContext();
    const { presented, problem, localPort } =
      context === null ? blind : await look(endpoint, context, deadlineMs - (performance.now() - start));
    const chain = presented.flatMap((x509) => parse(x509) ?? []);
    return {
      observation: {
        endpoint: endpoint.id,
        at: Date.now(),
        fingerprint: chain[0]?.fingerprint ?? null,
        chain: chain.map(({ fingerprint }) => fingerprint),
        problem,
        tookMs: performance.now() - start,
      },
      chain,
      ...(localPort !== undefined && { localPort }),
    };
  };
}

const blind: Look = { presented: [], problem: handshakeProblem(rootsUnreadable), localPort: undefined };

function look(endpoint: Endpoint, secureContext: SecureContext, deadlineMs: number): Promise<Look> {
  const { promise, resolve } = Promise.withResolvers<Look>();
  const { host, port, serverName, protocol } = endpoint;
  const socket = connect({
    host,
    port,
    servername: isIP(serverName) ? "" : serverName,
    secureContext,
    // What is wrong is looked at here, so that the certificate is seen also when it does not verify.
    rejectUnauthorized: false,
    checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
  });
  let presented: X509Certificate[] = [];
  let localPort: number | undefined;

  const finish = (code: string | null) => {
    clearTimeout(deadline);
    if (presented.length === 0) presented = presentedBy(socket);
    resolve({ presented, problem: code === null ? null : handshakeProblem(code, presented.length > 0), localPort });
    if (code === null) socket.destroySoon();
    else socket.destroy();
  };
  const deadline = setTimeout(() => finish("ETIMEDOUT"), Math.max(1, deadlineMs));

  socket.once("connect", () => (localPort = socket.localPort));
  socket.once("secureConnect", () => {
    presented = presentedBy(socket);
    const distrust = codeOf(socket.authorizationError);
    if (distrust !== null) finish(distrust);
    else if (protocol === "tls") finish(null);
    // In TLS 1.3 a server judges the client's certificate after the client is done: only an answer tells.
    else socket.write(`HEAD / HTTP/1.1\r\nHost: ${serverName}\r\nUser-Agent: certops\r\nConnection: close\r\n\r\n`);
  });
  let answer = "";
  socket.on("data", (bytes: Buffer) => {
    answer += bytes.toString("latin1");
    const status = /^HTTP\/1\.[01] \d{3}/.test(answer);
    if (status || answer.length >= "HTTP/1.1 200".length) finish(status ? null : notHttp);
  });
  // A server of TLS 1.2 that refuses us hangs up before the handshake is done: what it showed goes with the handle.
  socket.prependOnceListener("end", () => {
    if (presented.length === 0) presented = presentedBy(socket);
  });
  socket.once("error", (error) => finish(codeOf(error) ?? error.message));
  socket.once("close", () => finish("ECONNRESET"));
  return promise;
}

/** From the leaf up, in the order they were sent. */
function presentedBy(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) chain.push(next);
  return chain;
}

/** Node gives an Error or, against its types, the bare code. */
function codeOf(error: unknown): string | null {
  if (typeof error === "string") return error;
  if (error instanceof Error) return "code" in error ? String(error.code) : error.message;
  return null;
}

const remembered = 1_000;

/** An instance shows the same certificate hundreds of times: it is parsed once. null: it cannot be read. */
function rememberingParser(): (x509: X509Certificate) => Certificate | null {
  const known = new Map<string, Certificate>();
  return (x509) => {
    const fingerprint = fingerprintOf(x509);
    const parsed = known.get(fingerprint) ?? parsedOrNull(x509);
    if (parsed === null) return null;
    known.set(fingerprint, parsed);
    if (known.size > remembered) known.delete(known.keys().next().value ?? "");
    return parsed;
  };
}

function parsedOrNull(x509: X509Certificate): Certificate | null {
  try {
    return certificateOf(x509);
  } catch {
    return null;
  }
}
