import type { SecureContext } from "node:tls";
import { Agent } from "undici";
import type { Failure } from "../errors.ts";
import { clientContext } from "./tls-context.ts";

/** The bot's own files: it shows this identity, and trusts these roots alone. */
export interface OwnIdentity {
  identityFile: string;
  caFile: string;
}

/** For the words of a failure: what is like a certificate that these roots do not hold for. */
export const untrusted = {
  like: /CERT|ISSUER|SIGNATURE|ALTNAME|SSL/,
  hint: "Compare the root of its certificate with identity.caFile in certops.yaml.",
};

/**
 * Connections that show the bot's identity: made anew when a file has changed, while what is asked over the earlier ones goes
 * on. `untrusted`: thrown while the roots cannot be read.
 */
export function identityAgent(
  files: OwnIdentity,
  { connectMs, ...options }: { connectMs: number } & Omit<Agent.Options, "connect">,
  untrusted: () => Failure,
): () => Promise<Agent> {
  const contextNow = clientContext(files);
  let made: { context: SecureContext; agent: Agent } | null = null;
  return async () => {
    const context = await contextNow();
    if (context === null) throw untrusted();
    if (made?.context === context) return made.agent;
    void made?.agent.close().catch(() => {});
    const agent = new Agent({ connect: { timeout: connectMs, secureContext: context }, pipelining: 0, ...options });
    made = { context, agent };
    return agent;
  };
}
