import { randomUUID } from "node:crypto";
import { z } from "zod";
import { services } from "../../vault-config/services.ts";
import { eventually } from "../eventually.ts";
import type { NomadApi } from "./nomad-api.ts";
import { variablePath } from "./nomad-generations.ts";

const LEADER_MS = 30_000;
const tokenReply = z.object({ SecretID: z.string() });

/** Moves the generations of the lab's services, and reads what says why an instance does not follow. Nothing else. */
const botRules = `
namespace "default" {
  capabilities = ["list-jobs", "read-job"]

  variables {
${services.map(({ name }) => `    path "${variablePath(name)}" { capabilities = ["read", "write"] }`).join("\n")}
  }
}

node { policy = "read" }
`;

/**
 * Makes the token that may do everything, on a server that has none yet, as soon as it leads. `as` is how it is asked
 * with a token, or with none.
 */
export async function takePower(as: (token?: string) => NomadApi): Promise<string> {
  const secret = randomUUID();
  const bootstrap = () => as().ask("POST", "/v1/acl/bootstrap", { BootstrapSecret: secret });
  // An answer may get lost in an election, and who then asks again is refused: the secret is in force all the same.
  const take = () => bootstrap().catch(() => as(secret).ask("GET", "/v1/acl/token/self"));
  const taken = async () => tokenReply.parse(await take());
  await eventually("Nomad's server to lead", taken, AbortSignal.timeout(LEADER_MS));
  return secret;
}

/** The bot's token. */
export async function makeBotToken(api: NomadApi): Promise<string> {
  const Name = "certops-bot";
  await api.ask("POST", `/v1/acl/policy/${Name}`, { Name, Rules: botRules });
  const made = await api.ask("POST", "/v1/acl/token", { Name, Type: "client", Policies: [Name] });
  return tokenReply.parse(made).SecretID;
}
