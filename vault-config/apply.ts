import type { Change } from "./change.ts";
import {
  findIssuer,
  importCertificate,
  intermediateFields,
  issuerSettings,
  requestCertificate,
} from "./intermediate.ts";
import { differences } from "./fields.ts";
import type { Intermediate, VaultObject } from "./objects.ts";
import { reconcileAudit, reconcileMount, reconcileSeed, reconcileSettings, type Reconciled } from "./reconcile.ts";
import type { Vault } from "./vault.ts";

export interface ApplyOptions {
  vault: Vault;
  desired: VaultObject[];
  /** Compare only. */
  dryRun?: boolean;
  /** Turns the intermediate's signing request into its certificate, both PEM. Left out, the request is handed back. */
  sign?: (csr: string) => Promise<string>;
  now: number;
  /** Called with each change once it is made; in a dry run, once it is found. */
  onChange?: (change: Change) => void;
}

export interface Applied {
  changes: Change[];
  /** The intermediate waits for a signature over this request, PEM. Everything else is in place. */
  pending: { csr: string } | null;
}

/** Reads what Vault holds, changes what is not as desired, and leaves everything else alone. */
export async function apply(options: ApplyOptions): Promise<Applied> {
  const { vault, desired, dryRun = false, onChange = () => {} } = options;
  const changes: Change[] = [];
  const settle = async (reconciled: Reconciled) => {
    if (reconciled === null) return;
    if (!dryRun) await reconciled.put();
    changes.push(reconciled.change);
    onChange(reconciled.change);
  };

  let pending: Applied["pending"] = null;
  for (const object of desired) {
    if (object.kind !== "intermediate") {
      await settle(await reconcile(vault, object));
      continue;
    }
    let issuer = await findIssuer(vault, object);
    if (issuer === null) {
      const put = async () => {
        pending = await makeIntermediate(options, object);
      };
      await settle({ change: missing(object), put });
      issuer = await findIssuer(vault, object);
    }
    if (issuer === null) continue;
    for (const settings of issuerSettings(object, issuer)) await settle(await reconcileSettings(vault, settings));
  }
  return { changes, pending };
}

function reconcile(vault: Vault, object: Exclude<VaultObject, Intermediate>): Promise<Reconciled> {
  switch (object.kind) {
    case "mount":
    case "auth":
      return reconcileMount(vault, object);
    case "seed":
      return reconcileSeed(vault, object);
    case "audit":
      return reconcileAudit(vault, object);
    case "policy":
    case "role":
    case "approle":
    case "config":
    case "issuer":
    case "key":
      return reconcileSettings(vault, object);
  }
}

function missing(object: Intermediate): Change {
  const fields = differences(intermediateFields(object), {});
  return { action: "create", kind: "intermediate", path: object.mount, fields };
}

async function makeIntermediate(
  { vault, sign, now }: ApplyOptions,
  object: Intermediate,
): Promise<{ csr: string } | null> {
  const csr = await requestCertificate(vault, object);
  if (sign === undefined) return { csr };
  await importCertificate(vault, object, csr, await sign(csr), now);
  return null;
}
