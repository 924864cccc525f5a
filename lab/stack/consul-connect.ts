import { CONNECT_CA, CONNECT_INTERMEDIATE, connectRoot } from "../../vault-config/consul.ts";
import type { Ground } from "../ground.ts";
import type { ConnectConfig } from "./consul-config.ts";
import type { ConnectCa } from "./consul.ts";

/** How long a leaf of the mesh lives: the shortest that Connect allows. */
export const LEAF_HOURS = 1;
const LEAF_TTL = `${LEAF_HOURS}h`;
/** Consul renews its token for as long as it lives. */
const TOKEN_PERIOD = "24h";

/**
 * Who is to sign for the mesh. It is an authority of its own, with a root of its own: the lab's root signs nothing any
 * more, and Connect makes its root and its intermediate itself, in Vault or in its own storage.
 */
export async function connectAuthority(choice: ConnectCa, ground: Ground): Promise<ConnectConfig> {
  if (choice === "built-in") return { ca_provider: "consul", ca_config: { leaf_cert_ttl: LEAF_TTL } };
  const { server } = ground;
  const token = await server.asRoot.token("auth/token/create-orphan", {
    policies: [CONNECT_CA],
    no_default_policy: true,
    period: TOKEN_PERIOD,
    display_name: CONNECT_CA,
  });
  return {
    ca_provider: "vault",
    ca_config: {
      address: server.address,
      ca_file: server.files.ca,
      token,
      root_pki_path: connectRoot(1),
      intermediate_pki_path: CONNECT_INTERMEDIATE,
      leaf_cert_ttl: LEAF_TTL,
    },
  };
}
