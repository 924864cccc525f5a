import type { Settings } from "./objects.ts";
import { agentName, type ServerCertificate } from "./servers.ts";
import { GENERATION_URI, type Service } from "./services.ts";

const ownToken = `
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self"  { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
`;

/** One that lets its holder also look at, renew and revoke its own token. */
export function policy(name: string, rules: string): Settings {
  return { kind: "policy", path: `sys/policies/acl/${name}`, fields: { policy: `${rules.trim()}\n${ownToken}` } };
}

const readCrl = 'path "pki/cert/crl" { capabilities = ["read"] }\n';

/** Certificates of this service alone. */
function issueOwn({ name, serverName }: Service): string {
  const issue = `
  capabilities = ["update"]
  allowed_parameters = {
    "common_name" = ["${serverName}"]
    "uri_sans"    = ["${GENERATION_URI}*"]
    "ttl"         = []
  }`;
  return `
path "pki/issue/${name}" {${issue}
}
path "pki/issue/${name}-rsa" {${issue}
}
${readCrl}`;
}

/** May ask for certificates of this service alone, and read the generation it is to put into them. */
function agentPolicy(service: Service): Settings {
  const { name } = service;
  return policy(`agent-${name}`, `path "kv/data/certops/${name}" { capabilities = ["read"] }${issueOwn(service)}`);
}

export function jobPolicyName(service: string): string {
  return `job-${service}`;
}

/** The same for Nomad's job of that service, which reads its generation in Nomad. */
export function jobPolicies(services: Service[]): Settings[] {
  return services.map((service) => policy(jobPolicyName(service.name), issueOwn(service)));
}

/** Each agent's, for the certificates that it renders. */
function serverPolicies(servers: ServerCertificate[]): Settings[] {
  const byAgent = Map.groupBy(servers, agentName);
  return [...byAgent].map(([agent, rendered]) => {
    const crl = rendered.some(({ checksRevocation }) => checksRevocation) ? readCrl : "";
    return policy(agent, rendered.map(issueServer).join("") + crl);
  });
}

function issueServer({ name, common, ip }: ServerCertificate): string {
  return `
path "pki/issue/${name}" {
  capabilities = ["update"]
  allowed_parameters = {
    "common_name" = ["${common}"]
    "alt_names"   = []
    "ip_sans"     = ["${ip}"]
    "ttl"         = []
  }
}
`;
}

/** Reads what Vault issued, takes it back, writes generations, and issues no certificate but its own. */
function botPolicy(services: Service[]): Settings {
  const generations = services.map(
    ({ name }) => `path "kv/data/certops/${name}" { capabilities = ["read", "update"] }`,
  );
  return policy(
    "certops-bot",
    `
${generations.join("\n")}
path "kv/data/certops-bot/slack"  { capabilities = ["read"] }
path "kv/data/certops-bot/consul" { capabilities = ["read"] }
path "kv/data/certops-bot/nomad"  { capabilities = ["read"] }
path "pki/certs"           { capabilities = ["list"] }
path "pki/certs/revoked"   { capabilities = ["list"] }
path "pki/cert/*"          { capabilities = ["read"] }
path "pki/crl"             { capabilities = ["read"] }
path "pki/revoke" {
  capabilities = ["update"]
  allowed_parameters = { "serial_number" = [] }
}
path "pki/crl/rotate"      { capabilities = ["read"] }
path "pki/issuers"         { capabilities = ["list"] }
path "pki/issuer/*"        { capabilities = ["read"] }
path "pki/issue/certops-bot" {
  capabilities = ["update"]
  allowed_parameters = { "common_name" = ["certops-bot"], "ttl" = [] }
}
`,
  );
}

export function policies(services: Service[], servers: ServerCertificate[]): Settings[] {
  return [...services.map(agentPolicy), ...serverPolicies(servers), botPolicy(services)];
}

/**
 * The lab alone. Its supervisor hands each agent a wrapped secret id, moves a generation for the console's "Rotate now",
 * and makes the leaf of three seconds that the expired cases need.
 */
export function supervisorPolicy(services: Service[], appRoles: string[]): Settings {
  const logins = appRoles.map(
    (role) => `
path "auth/approle/role/${role}/role-id" { capabilities = ["read"] }
path "auth/approle/role/${role}/secret-id" {
  capabilities = ["update"]
  min_wrapping_ttl = "1s"
  max_wrapping_ttl = "2m"
}`,
  );
  const perService = services.map(
    ({ name, serverName }) => `
path "kv/data/certops/${name}" { capabilities = ["read", "update"] }
path "pki/issue/${name}" {
  capabilities = ["update"]
  required_parameters = ["ttl"]
  allowed_parameters = {
    "common_name" = ["${serverName}"]
    "uri_sans"    = ["${GENERATION_URI}*"]
    "ttl"         = ["3s"]
  }
}`,
  );
  return policy("lab-supervisor", [...logins, ...perService].join("\n"));
}
