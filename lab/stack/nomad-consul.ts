import { jwksUrl } from "../../vault-config/nomad.ts";
import { services } from "../../vault-config/services.ts";
import type { Ask } from "./consul-api.ts";

/** The name that Nomad's agents log in with unless they are told another. */
const METHOD = "nomad-workloads";

/**
 * Has Consul trust the identities that Nomad signs: a job's services and tasks get a token for the service of the job's own
 * name and its sidecar, and no other job gets any. Nomad's server must answer already, for Consul asks for its keys at once.
 */
export async function trustNomadsJobs(ask: Ask, nomad: { address: string; caPem: string }): Promise<void> {
  await ask("PUT", "/v1/acl/auth-method", {
    Name: METHOD,
    Type: "jwt",
    DisplayName: "Nomad's jobs",
    TokenLocality: "local",
    Config: {
      JWKSURL: jwksUrl(nomad.address),
      JWKSCACert: nomad.caPem,
      JWTSupportedAlgs: ["RS256"],
      BoundAudiences: ["consul.io"],
      ClaimMappings: { nomad_namespace: "nomad_namespace", nomad_job_id: "nomad_job_id" },
    },
  });
  await ask("PUT", "/v1/acl/binding-rule", {
    AuthMethod: METHOD,
    BindType: "service",
    BindName: "${value.nomad_job_id}",
    Selector: services.map(({ name }) => `value.nomad_job_id == "${name}"`).join(" or "),
  });
}
