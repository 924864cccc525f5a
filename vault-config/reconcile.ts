import type { Change } from "./change.ts";
import { differences, type Fields } from "./fields.ts";
import type { AuditDevice, Mount, Seed, Settings } from "./objects.ts";
import { Problem } from "./problem.ts";
import type { Vault } from "./vault.ts";

/** What is to be changed, and how. Null when Vault holds the object as wanted. */
export type Reconciled = { change: Change; put: () => Promise<void> } | null;

/**
 * Settings are written as a whole, as Vault resets what a write leaves out. A field that this server does not know
 * (OpenBao and Vault differ in a few) is never reported back and so is no difference.
 */
export async function reconcileSettings(vault: Vault, { kind, path, fields }: Settings): Promise<Reconciled> {
  const current = await vault.read(path);
  const known = current === null ? fields : pick(fields, Object.keys(current));
  return difference(kind, path, known, current, async () => {
    await vault.write(path, fields);
  });
}

export async function reconcileMount(vault: Vault, mount: Mount): Promise<Reconciled> {
  const { kind, path, type, description, config, options = {} } = mount;
  const root = kind === "mount" ? "sys/mounts" : "sys/auth";
  const existing = (await vault.read(root))?.[`${path}/`];
  const current = isFields(existing) ? existing : null;
  if (current !== null && current["type"] !== type) {
    throw new Problem(
      "MOUNT_TAKEN",
      `${path}/ is a mount of type ${JSON.stringify(current["type"])} here, and certops needs one of type ${type}.`,
      "Move that mount with `vault secrets move`, or name another one in vault-config/mounts.ts.",
    );
  }
  const wanted: Fields = { description, ...config, ...(mount.options === undefined ? {} : { options }) };
  return difference(kind, path, wanted, current === null ? null : mountFields(current), async () => {
    if (current === null) await vault.write(`${root}/${path}`, { type, description, config, options });
    else await vault.write(`${root}/${path}/tune`, wanted);
  });
}

/** What others wrote into a seed stays; only fields that are missing are added. */
export async function reconcileSeed(vault: Vault, { mount, path, fields }: Seed): Promise<Reconciled> {
  const metadata = await vault.read(`${mount}/metadata/${path}`);
  const version = metadata === null ? 0 : Number(metadata["current_version"]);
  const stored = (await vault.read(`${mount}/data/${path}`))?.["data"];
  const current = isFields(stored) ? stored : null;
  const missing = Object.entries(fields).filter(([field]) => current?.[field] === undefined);
  const wanted = { ...current, ...Object.fromEntries(missing) };
  return difference("seed", `${mount}/${path}`, wanted, current, async () => {
    // Compare and set: whoever writes a generation at this very moment wins.
    await vault.write(`${mount}/data/${path}`, { data: wanted, options: { cas: version } });
  });
}

/** Any device will do: where an operator already audits, nothing is added. */
export async function reconcileAudit(vault: Vault, { name, file }: AuditDevice): Promise<Reconciled> {
  const devices = (await vault.read("sys/audit")) ?? {};
  if (file === null || Object.keys(devices).length > 0) return null;
  const wanted: Fields = { type: "file", options: { file_path: file } };
  return difference("audit", `sys/audit/${name}`, wanted, null, async () => {
    await vault.write(`sys/audit/${name}`, wanted);
  });
}

function difference(
  kind: Change["kind"],
  path: string,
  wanted: Fields,
  current: Fields | null,
  put: () => Promise<void>,
): Reconciled {
  const fields = differences(wanted, current ?? {});
  if (current !== null && fields.length === 0) return null;
  return { change: { action: current === null ? "create" : "change", kind, path, fields }, put };
}

function mountFields(mount: Fields): Fields {
  return { ...mount, ...(isFields(mount["config"]) ? mount["config"] : {}) };
}

function pick(fields: Fields, names: string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
