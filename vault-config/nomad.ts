import type { Mount, Settings, VaultObject } from "./objects.ts";
import { jobPolicyName } from "./policies.ts";
import type { Service } from "./services.ts";

/** How Vault tells that an identity was signed by Nomad. */
export interface NomadTrust {
  /** For example `https://nomad.example.com:4646/.well-known/jwks.json`. */
  jwksUrl: string;
  /** PEM of the authority that signed Nomad's own certificate; those that the system trusts when empty. */
  caPem: string;
}

/** Where the Nomad at that address publishes the keys with which it signs identities. */
export function jwksUrl(address: string): string {
  return new URL("/.well-known/jwks.json", address).href;
}

const PATH = "jwt-nomad";

const mount: Mount = {
  kind: "auth",
  path: PATH,
  type: "jwt",
  description: "certops: Nomad's jobs log in with their identities",
  config: { default_lease_ttl: 0, max_lease_ttl: 0, listing_visibility: "" },
};

/** Nomad's jobs log in with the identity that Nomad signs for them, each under its own name alone. */
export function nomadLogins(services: Service[], { jwksUrl, caPem }: NomadTrust, loopbackOnly: boolean): VaultObject[] {
  const config: Settings = {
    kind: "config",
    path: `auth/${PATH}/config`,
    fields: {
      jwks_url: jwksUrl,
      jwks_ca_pem: caPem,
      // Vault is set up before Nomad is: the keys are fetched at the first login.
      skip_jwks_validation: true,
      jwt_supported_algs: ["RS256", "EdDSA"],
      jwt_validation_pubkeys: [],
      oidc_discovery_url: "",
      bound_issuer: "",
      default_role: "",
    },
  };
  return [mount, config, ...services.map((service) => jobRole(service, loopbackOnly))];
}

/** The job of that name alone: what a job is called stands in its identity, and Nomad has signed it. */
function jobRole({ name }: Service, loopbackOnly: boolean): Settings {
  const cidrs = loopbackOnly ? ["127.0.0.1/32"] : [];
  return {
    kind: "role",
    path: `auth/${PATH}/role/${name}`,
    fields: {
      role_type: "jwt",
      bound_audiences: ["vault.io"],
      bound_claims: { nomad_namespace: "default", nomad_job_id: name },
      bound_claims_type: "string",
      bound_subject: "",
      user_claim: "/nomad_job_id",
      user_claim_json_pointer: true,
      claim_mappings: { nomad_namespace: "nomad_namespace", nomad_job_id: "nomad_job_id", nomad_task: "nomad_task" },
      token_policies: [jobPolicyName(name)],
      token_no_default_policy: true,
      token_type: "service",
      // Nomad renews it for as long as the task runs.
      token_period: "30m",
      token_ttl: 0,
      token_max_ttl: 0,
      token_explicit_max_ttl: 0,
      token_num_uses: 0,
      token_bound_cidrs: cidrs,
      token_strictly_bind_ip: false,
    },
  };
}
