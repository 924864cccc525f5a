import type { Fields } from "./fields.ts";

/** One thing that Vault is to hold, as data. `apply` compares each with what Vault has. */
export type VaultObject = Mount | Settings | Seed | AuditDevice | Intermediate;

/** A secrets engine or an auth method. */
export interface Mount {
  kind: "mount" | "auth";
  path: string;
  type: string;
  description: string;
  config: Fields;
  options?: Fields;
}

/** Fields kept under one path, written as a whole: a role, a policy, a configuration. */
export interface Settings {
  kind: "policy" | "role" | "approle" | "config" | "issuer" | "key";
  path: string;
  fields: Fields;
}

/** First values of a KV secret. They belong to whoever writes them later: only a field that is missing is added. */
export interface Seed {
  kind: "seed";
  mount: string;
  path: string;
  fields: Record<string, string>;
}

export interface AuditDevice {
  kind: "audit";
  name: string;
  /** Where a device is made if there is none; null leaves that to Vault's own operator. */
  file: string | null;
}

/** The authority that signs leaves. Its key is made in Vault and stays there. */
export interface Intermediate {
  kind: "intermediate";
  mount: string;
  /** Also how it is recognised: the one thing about an issuer that nobody can edit. */
  commonName: string;
  key: Fields & { key_name: string };
  issuer: Fields;
}
