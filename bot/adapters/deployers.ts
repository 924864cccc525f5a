import type { Deployment, NomadDeployment, VaultAgentDeployment } from "../domain/deployment.ts";
import { Failure } from "../errors.ts";
import type { Generations } from "../operations/ports.ts";

/** Where generations are written, by the kind of the deployment. `nomad`: null where certops.yaml names no Nomad. */
export function generationsBy(kinds: {
  "vault-agent": Generations<VaultAgentDeployment>;
  nomad: Generations<NomadDeployment> | null;
}): Generations {
  return {
    read: (at) => (at.kind === "nomad" ? named(kinds.nomad).read(at) : kinds["vault-agent"].read(at)),
    write: (at: Deployment, instances, version) =>
      at.kind === "nomad"
        ? named(kinds.nomad).write(at, instances, version)
        : kinds["vault-agent"].write(at, instances, version),
  };
}

/** A request may be older than the configuration. */
function named<T>(nomad: T | null): T {
  if (nomad !== null) return nomad;
  throw new Failure(
    "nomad-refused",
    "certops.yaml no longer names a Nomad.",
    "Put the section nomad back, or ask anew.",
  );
}
