import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import { Agent, request } from "undici";
import { serialOf } from "./serial.ts";
import type { LabInstance } from "./state.ts";

const DEADLINE_MS = 10_000;
const GENERATION = /URI:urn:certops:generation:([^,\s]+)/;

type Door = Pick<LabInstance, "host" | "port" | "serverName">;

/** A page of a service over a connection of its own, verified by the root and the name where a root is given. */
export async function visit({ host, port, serverName }: Door, path: string, rootFile: string | null): Promise<string> {
  const trust = rootFile === null ? { rejectUnauthorized: false } : { ca: await readFile(rootFile) };
  const dispatcher = new Agent({ connect: { ...trust, servername: serverName, maxCachedSessions: 0 } });
  try {
    const { body } = await request(`https://${host}:${port}${path}`, {
      dispatcher,
      headers: { host: serverName },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return await body.text();
  } finally {
    await dispatcher.destroy();
  }
}

/** What a fresh handshake, verified by the root and the name, shows. Serial in lower-case hex with colons. */
export async function shakeHands(
  { host, port, serverName }: Door,
  rootFile: string,
): Promise<{ serial: string; generation: string | null }> {
  const socket = connect({ host, port, servername: serverName, ca: await readFile(rootFile) });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(DEADLINE_MS) });
    return shown(socket.getPeerX509Certificate());
  } finally {
    // A server that requires a client certificate resets the connection now; the certificate it showed is all we came for.
    socket.on("error", () => {}).destroy();
  }
}

function shown(certificate: X509Certificate | undefined): { serial: string; generation: string | null } {
  if (certificate === undefined) throw new Error("the server showed no certificate");
  return {
    serial: serialOf(certificate),
    generation: generationIn(certificate),
  };
}

export function generationIn(certificate: X509Certificate): string | null {
  return GENERATION.exec(certificate.subjectAltName ?? "")?.[1] ?? null;
}
