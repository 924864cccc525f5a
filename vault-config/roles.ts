import type { Fields } from "./fields.ts";
import type { Settings } from "./objects.ts";
import type { ServerCertificate } from "./servers.ts";
import { GENERATION_URI, type Service } from "./services.ts";

// Everything a role could allow is stated, also what it must not: a door opened by hand is then seen and closed again.
const closed: Fields = {
  allow_any_name: false,
  allow_bare_domains: false,
  allow_glob_domains: false,
  allow_globs_in_identity_templates: false,
  allow_ip_sans: false,
  allow_localhost: false,
  allow_subdomains: false,
  allow_token_displayname: false,
  allow_wildcard_certificates: false,
  allowed_domains: [],
  allowed_domains_template: false,
  allowed_ip_sans_cidr: [],
  allowed_other_sans: [],
  allowed_serial_numbers: [],
  allowed_uri_sans: [],
  allowed_uri_sans_template: false,
  allowed_user_ids: [],
  basic_constraints_valid_for_non_ca: false,
  client_flag: false,
  cn_validations: ["hostname"],
  code_signing_flag: false,
  country: [],
  email_protection_flag: false,
  enforce_hostnames: true,
  ext_key_usage: [],
  ext_key_usage_oids: [],
  generate_lease: false,
  issuer_ref: "default",
  key_bits: 256,
  key_type: "ec",
  key_usage: ["DigitalSignature"],
  locality: [],
  max_ttl: "72h",
  no_store: false,
  // Both would get around max_ttl.
  not_after: "",
  not_after_bound: "ttl-limited",
  not_before: "",
  not_before_bound: "forbid",
  not_before_duration: "30s",
  organization: [],
  ou: [],
  policy_identifiers: [],
  postal_code: [],
  province: [],
  require_cn: true,
  server_flag: false,
  signature_bits: 0,
  street_address: [],
  ttl: "24h",
  use_csr_common_name: true,
  use_csr_sans: true,
  use_pss: false,
};

const rsa: Fields = { key_type: "rsa", key_bits: 2048 };

/** A service is server and client at once, under its own name alone. */
function serviceRoles({ name, serverName }: Service): Settings[] {
  const fields: Fields = {
    ...closed,
    allow_bare_domains: true,
    allowed_domains: [serverName],
    allowed_uri_sans: [`${GENERATION_URI}*`],
    server_flag: true,
    client_flag: true,
    ttl: "2m",
  };
  return [role(name, fields), role(`${name}-rsa`, { ...fields, ...rsa })];
}

function role(name: string, fields: Fields): Settings {
  return { kind: "role", path: `pki/roles/${name}`, fields };
}

function serverRole({ name, dns, ip, client }: ServerCertificate): Settings {
  return role(name, {
    ...closed,
    allow_bare_domains: true,
    allowed_domains: dns,
    allow_localhost: true,
    allow_ip_sans: true,
    allowed_ip_sans_cidr: [`${ip}/32`],
    server_flag: true,
    client_flag: client,
  });
}

export function roles(services: Service[], servers: ServerCertificate[]): Settings[] {
  return [
    ...services.flatMap(serviceRoles),
    role("certops-bot", {
      ...closed,
      allow_bare_domains: true,
      allowed_domains: ["certops-bot"],
      client_flag: true,
      ttl: "1h",
    }),
    ...servers.map(serverRole),
  ];
}
