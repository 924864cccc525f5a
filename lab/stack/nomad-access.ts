import { services } from "../../vault-config/services.ts";
import { tokenReply } from "./acl-bootstrap.ts";
import type { Asking } from "./nomad-api.ts";
import { variablePath } from "./nomad-generations.ts";

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

/** The bot's token. */
export async function makeBotToken(api: Asking): Promise<string> {
  const Name = "certops-bot";
  await api.ask("POST", `/v1/acl/policy/${Name}`, { Name, Rules: botRules });
  const made = await api.ask("POST", "/v1/acl/token", { Name, Type: "client", Policies: [Name] });
  return tokenReply.parse(made).SecretID;
}
