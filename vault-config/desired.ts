import { appRoleNames, appRoles } from "./auth.ts";
import { connectCaPolicy } from "./consul.ts";
import { auditDevice, mounts } from "./mounts.ts";
import { type NomadTrust, nomadLogins } from "./nomad.ts";
import type { VaultObject } from "./objects.ts";
import { intermediate, pkiSettings, pkiUrls } from "./pki.ts";
import { jobPolicies, policies, supervisorPolicy } from "./policies.ts";
import { roles } from "./roles.ts";
import { generationSeeds } from "./seeds.ts";
import { type FirewallServers, serverCertificates } from "./servers.ts";
import { services, withZoned } from "./services.ts";

export interface DesiredOptions {
  /** The address under which verifiers reach Vault. */
  address: string;
  /** Adds what only the lab needs: its supervisor's policy, and logins from this machine alone. */
  lab?: boolean;
  /** Where Vault writes its audit log if it has no audit device yet. */
  auditFile?: string;
  /** Adds the logins of Nomad's jobs, and certificates for its agents. */
  nomad?: NomadTrust;
  /** Adds certificates for Consul's agents, and Vault as the authority of Connect. */
  consul?: boolean;
  /** Adds certificates for what stands around a firewall, and the services' instances behind it. */
  firewall?: FirewallServers;
}

/** Everything Vault is to hold, in an order in which it can be made. */
export function desiredObjects(options: DesiredOptions): VaultObject[] {
  const { address, lab = false, auditFile = null, nomad, consul = false, firewall } = options;
  const servers = serverCertificates(options);
  const logins = appRoleNames(services, servers);
  return [
    auditDevice(auditFile),
    ...mounts,
    pkiUrls(address),
    ...pkiSettings,
    ...roles(services, servers),
    ...policies(services, servers),
    ...(consul ? [connectCaPolicy] : []),
    ...(lab ? [supervisorPolicy(services, logins)] : []),
    ...appRoles(logins, lab),
    ...(nomad === undefined ? [] : [...jobPolicies(services), ...nomadLogins(services, nomad, lab)]),
    ...generationSeeds(firewall ? services.map(withZoned) : services),
    intermediate,
  ];
}
