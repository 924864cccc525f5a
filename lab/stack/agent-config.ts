import type { ServerCertificate } from "../../vault-config/servers.ts";
import { GENERATION_URI, type Service } from "../../vault-config/services.ts";
import { hclString as text } from "./hcl.ts";

export interface AgentTemplate {
  destination: string;
  contents: string;
  /** Run each time the file has changed. */
  command?: string[];
}

export interface AgentConfig {
  /** The AppRole to log in with. */
  role: string;
  vault: { address: string; caFile: string };
  roleIdFile: string;
  /** Holds a token that opens once and gives the secret id; removed when read. */
  wrappedSecretIdFile: string;
  templates: AgentTemplate[];
  /** Where the agent's own token is kept for somebody else to use. */
  tokenFile?: string;
}

/** The configuration of one agent, HCL. */
export function agentConfig(config: AgentConfig): string {
  const { role, vault, roleIdFile, wrappedSecretIdFile, templates, tokenFile } = config;
  const sink = `
  sink "file" {
    config = {
      path = ${text(tokenFile ?? "")}
      mode = 0600
    }
  }`;
  return `vault {
  address = ${text(vault.address)}
  ca_cert = ${text(vault.caFile)}
  # Eight seconds in all, and then it gives up (below): left to itself it would wait longer and longer, up to a minute
  # after Vault is back, and would never notice that its token was revoked.
  retry { num_retries = 5 }
}

auto_auth {
  method "approle" {
    max_backoff = "10s"
    config = {
      role_id_file_path                   = ${text(roleIdFile)}
      secret_id_file_path                 = ${text(wrappedSecretIdFile)}
      secret_id_response_wrapping_path    = ${text(`auth/approle/role/${role}/secret-id`)}
      remove_secret_id_file_after_reading = true
    }
  }${tokenFile === undefined ? "" : sink}
}

# A generation that was written is seen at the next of these ticks.
template_config {
  static_secret_render_interval = "1s"
  # Whoever supervises it starts it again, with a fresh login.
  exit_on_retry_failure = true
}
${templates.map(templateBlock).join("")}`;
}

function templateBlock({ destination, contents, command }: AgentTemplate): string {
  return `
template {
  destination          = ${text(destination)}
  perms                = "0600"
  error_on_missing_key = true
  contents             = <<EOT
${contents}
EOT${command === undefined ? "" : `\n  exec {\n    command = ${JSON.stringify(command)}\n  }`}
}
`;
}

/** Key, certificate and chain from one answer in one file: from two templates they would at times not belong together. */
const identity = `{{ .Data.private_key }}
{{ .Data.certificate }}{{ range .Data.ca_chain }}
{{ . }}{{ end }}`;

/**
 * An instance's identity. The request for the certificate stands inside the block that reads the generation: a new
 * generation makes it another request, hence a new certificate, and no request is made before the generation is known.
 */
export function instanceIdentity({ name, serverName }: Service, instance: string, ttl: string): string {
  const issue = `secret "pki/issue/${name}" "common_name=${serverName}" "ttl=${ttl}"`;
  return `{{ with secret "kv/data/certops/${name}" }}{{ $generation := index .Data.data "${instance}" -}}
{{ with ${issue} (printf "uri_sans=${GENERATION_URI}%s" $generation) }}${identity}{{ end }}{{ end }}`;
}

export const botIdentity = `{{ with secret "pki/issue/certops-bot" "common_name=certops-bot" "ttl=1h" }}${identity}{{ end }}`;

/** A token of the bot's for another server, as it was put into Vault when it was made. */
export function botToken(server: "consul" | "nomad"): string {
  return `{{ with secret "kv/data/certops-bot/${server}" }}{{ .Data.data.token }}{{ end }}`;
}

/** A server's own certificate, from the intermediate; first in its file, for Nomad reads no further than the first block. */
export function serverIdentity({ name, common, dns, ip }: ServerCertificate): string {
  const others = dns.filter((one) => one !== common).join(",");
  return `{{ with secret "pki/issue/${name}" "common_name=${common}" "alt_names=${others}" "ip_sans=${ip}" "ttl=24h" }}{{ .Data.certificate }}{{ range .Data.ca_chain }}
{{ . }}{{ end }}
{{ .Data.private_key }}{{ end }}`;
}

/** The intermediate's revocation list; services need it beside the root's. */
export const intermediateCrl = `{{ with secret "pki/cert/crl" }}{{ .Data.certificate }}{{ end }}`;
