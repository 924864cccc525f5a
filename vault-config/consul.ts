import type { Settings } from "./objects.ts";
import { policy } from "./policies.ts";

/** The policy of the token with which Consul's servers have Vault sign for the mesh. */
export const CONNECT_CA = "consul-connect-ca";

/** Where Connect keeps the intermediate that signs the mesh's leaves. */
export const CONNECT_INTERMEDIATE = "connect-intermediate";

/** Where it keeps its roots, each in a mount of its own, counted from 1: to rotate the root is to go on to the next. */
export function connectRoot(number: number): string {
  return `connect-root/${number}`;
}

/** What Connect asks of Vault, as its own code does: it makes its mounts, its root and its intermediate, and reaches no other. */
export const connectCaPolicy: Settings = policy(
  CONNECT_CA,
  `
path "sys/mounts/connect-root/+"             { capabilities = ["create", "update"] }
path "connect-root/+/ca/pem"                 { capabilities = ["read"] }
path "connect-root/+/ca_chain"               { capabilities = ["read"] }
path "connect-root/+/root/generate/internal" { capabilities = ["update"] }
path "connect-root/+/root/sign-intermediate" { capabilities = ["update"] }
# The old root signs the new one, so that both are trusted while the leaves change.
path "connect-root/+/root/sign-self-issued"  { capabilities = ["sudo", "update"] }

path "sys/mounts/${CONNECT_INTERMEDIATE}"      { capabilities = ["create", "update"] }
path "sys/mounts/${CONNECT_INTERMEDIATE}/tune" { capabilities = ["update"] }
path "${CONNECT_INTERMEDIATE}/ca/pem"                         { capabilities = ["read"] }
path "${CONNECT_INTERMEDIATE}/intermediate/generate/internal" { capabilities = ["update"] }
path "${CONNECT_INTERMEDIATE}/intermediate/set-signed"        { capabilities = ["update"] }
path "${CONNECT_INTERMEDIATE}/config/issuers"                 { capabilities = ["read", "update"] }
path "${CONNECT_INTERMEDIATE}/config/auto-tidy"               { capabilities = ["update"] }
path "${CONNECT_INTERMEDIATE}/issuer/+"                       { capabilities = ["read", "delete"] }
path "${CONNECT_INTERMEDIATE}/key/+"                          { capabilities = ["delete"] }
path "${CONNECT_INTERMEDIATE}/roles/leaf-cert"                { capabilities = ["create", "update"] }
path "${CONNECT_INTERMEDIATE}/sign/leaf-cert"                 { capabilities = ["update"] }
`,
);
