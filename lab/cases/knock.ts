import { get, type RequestOptions } from "node:https";
import type { MeshInstance } from "../state.ts";

const KNOCK_MS = 5_000;

/**
 * Calls a sidecar as a client that goes past its own: verified by the mesh's roots and the name of the service where
 * `trust` is given, showing the key and certificate of `identity` where that is. Resolves to what came of it, and whether
 * it was let in.
 */
export async function knock(
  { service, host, sidecarPort }: MeshInstance,
  { trust, identity }: { trust?: string; identity?: string },
): Promise<{ letIn: boolean; said: string }> {
  const options: RequestOptions = {
    host,
    port: sidecarPort,
    agent: false,
    signal: AbortSignal.timeout(KNOCK_MS),
    ...(trust !== undefined && { ca: trust }),
    ...(identity !== undefined && { key: identity, cert: identity }),
    // In the mesh a certificate carries the name of the service, and not of a host.
    checkServerIdentity: (_host, { subjectaltname = "" }) =>
      subjectaltname.endsWith(`/svc/${service}`) ? undefined : new Error(`the certificate is not of ${service}`),
  };
  return new Promise((done) => {
    const request = get(options, (response) => {
      response.resume();
      done({ letIn: response.statusCode !== 403, said: `answered with HTTP ${response.statusCode}` });
    });
    request.once("error", (error: NodeJS.ErrnoException & { reason?: string }) => {
      // OpenSSL's own words, without the place in its source.
      done({ letIn: false, said: `refused: ${error.reason ?? error.message} (${error.code ?? error.name})` });
    });
  });
}
