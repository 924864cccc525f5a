import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { HOST } from "../ports.ts";

const ASK_MS = 1_000;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const listenersReply = z.object({
  configs: z
    .array(
      z.object({
        name: z.string().optional(),
        active_state: z
          .object({
            listener: z.object({
              filter_chains: z.array(z.object({ transport_socket: z.unknown().optional() })).optional(),
            }),
          })
          .optional(),
      }),
    )
    .optional(),
});

const tlsSocket = z.object({
  typed_config: z.object({
    common_tls_context: z.object({
      tls_certificates: z.array(z.object({ certificate_chain: z.object({ inline_string: z.string() }) })),
    }),
  }),
});

/** Whether this Envoy has its configuration and serves; false too when it does not answer. */
export async function isLive(adminPort: number): Promise<boolean> {
  const answer = await ask(adminPort, "/ready").catch(() => null);
  return answer?.ok === true;
}

/** What this Envoy shows to who connects, leaf first; empty while it has none. Rejects when it does not answer. */
export async function certificatesOf(adminPort: number): Promise<X509Certificate[]> {
  const answer = await ask(adminPort, "/config_dump?resource=dynamic_listeners");
  const { configs = [] } = listenersReply.parse(await answer.json());
  const inbound = configs.find(({ name }) => name?.startsWith("public_listener:"));
  const socket = tlsSocket.safeParse(inbound?.active_state?.listener.filter_chains?.[0]?.transport_socket).data;
  const chain = socket?.typed_config.common_tls_context.tls_certificates[0]?.certificate_chain.inline_string ?? "";
  return (chain.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
}

async function ask(adminPort: number, path: string): Promise<Response> {
  return fetch(`http://${HOST}:${adminPort}${path}`, { signal: AbortSignal.timeout(ASK_MS) });
}
