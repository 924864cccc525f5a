/** Where the generation of each instance is written, and with it who renders their certificates. */
export type Deployment = VaultAgentDeployment | NomadDeployment;

/** A secret in Vault's KV v2 with one field per instance, its generation; read by the instance's own agent. */
export interface VaultAgentDeployment {
  kind: "vault-agent";
  mount: string;
  path: string;
}

/** The variable of the job, `nomad/jobs/<job>`, with one item per instance; read by Nomad's clients. */
export interface NomadDeployment {
  kind: "nomad";
  job: string;
}

/** The place that the generation is written to, as its owner calls it. */
export function placeOf(deployment: Deployment): string {
  switch (deployment.kind) {
    case "vault-agent":
      return `${deployment.mount}/${deployment.path}`;
    case "nomad":
      return `nomad/jobs/${deployment.job}`;
  }
}

/** Who keeps it. */
export function keeperOf({ kind }: Deployment): "Vault" | "Nomad" {
  return kind === "nomad" ? "Nomad" : "Vault";
}
