import { appRoleNames, appRoles } from "./auth.ts";
import { auditDevice, mounts } from "./mounts.ts";
import type { VaultObject } from "./objects.ts";
import { intermediate, pkiSettings, pkiUrls } from "./pki.ts";
import { policies, supervisorPolicy } from "./policies.ts";
import { roles } from "./roles.ts";
import { generationSeeds } from "./seeds.ts";
import { services } from "./services.ts";

export interface DesiredOptions {
  /** The address under which verifiers reach Vault. */
  address: string;
  /** Adds what only the lab needs: its supervisor's policy, and logins from this machine alone. */
  lab?: boolean;
  /** Where Vault writes its audit log if it has no audit device yet. */
  auditFile?: string;
}

/** Everything Vault is to hold, in an order in which it can be made. */
export function desiredObjects(options: DesiredOptions): VaultObject[] {
  const { address, lab = false, auditFile = null } = options;
  return [
    auditDevice(auditFile),
    ...mounts,
    pkiUrls(address),
    ...pkiSettings,
    ...roles(services),
    ...policies(services),
    ...(lab ? [supervisorPolicy(services, appRoleNames(services))] : []),
    ...appRoles(services, lab),
    ...generationSeeds(services),
    intermediate,
  ];
}
