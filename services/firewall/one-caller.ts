import type { RequestListener } from "node:http";
import { TLSSocket } from "node:tls";
import type { Log } from "../listen.ts";

/**
 * Hands on what the one caller asks, by the name in its certificate; every other is answered with a 403. That the
 * certificate itself holds, the handshake has proven.
 */
export function onlyFor(caller: string, app: RequestListener, log: Log): RequestListener {
  return (request, response) => {
    const leaf = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined;
    // The names of the certificate as OpenSSL reads them: no wildcard, and nothing that only looks like a second name.
    if (leaf?.checkHost(caller, { subject: "never", wildcards: false }) !== undefined) return app(request, response);
    const shown = leaf?.subject.replaceAll("\n", ", ") ?? "no certificate";
    log("caller-refused", { shown, method: request.method, path: request.url });
    response.writeHead(403, { "content-type": "application/json", connection: "close" });
    const error = `only ${caller} is answered here, and this is the certificate of ${shown}`;
    response.end(JSON.stringify({ code: "caller", error }));
  };
}
