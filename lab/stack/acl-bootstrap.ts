import { randomUUID } from "node:crypto";
import { z } from "zod";
import { eventually } from "../eventually.ts";

const LEADER_MS = 30_000;

type Ask = (method: "GET" | "PUT", path: string, body?: unknown) => Promise<unknown>;

export const tokenReply = z.object({ SecretID: z.string() });

/**
 * Makes the token that may do everything, on a Consul or a Nomad that has none yet, as soon as there is a leader: `led` is
 * how that is awaited, in words. `as` is how it is asked with a token, or with none.
 */
export async function takePower(led: string, as: (token?: string) => Ask): Promise<string> {
  const secret = randomUUID();
  const [anyone, holder] = [as(), as(secret)];
  const bootstrap = () => anyone("PUT", "/v1/acl/bootstrap", { BootstrapSecret: secret });
  // An answer may get lost in an election, and who then asks again is refused: the secret is in force all the same.
  const take = () => bootstrap().catch(() => holder("GET", "/v1/acl/token/self"));
  const taken = async () => tokenReply.parse(await take());
  await eventually(led, taken, AbortSignal.timeout(LEADER_MS));
  return secret;
}
