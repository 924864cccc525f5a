import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fields } from "../../vault-config/fields.ts";
import { desiredObjects } from "../../vault-config/desired.ts";
import type { VaultObject } from "../../vault-config/objects.ts";
import type { Vault } from "../../vault-config/vault.ts";
import { startTestVault, type TestVault } from "../support/vault.ts";

let lab: TestVault;
let vault: Vault;
beforeAll(async () => {
  lab = await startTestVault();
  vault = lab.server.asRoot;
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const named = (changes: { kind: string; path: string }[]) => changes.map(({ kind, path }) => `${kind} ${path}`);

test("a dry run on an empty Vault shows everything and changes nothing", async () => {
  const before = [await vault.read("sys/mounts"), await vault.read("sys/auth"), await vault.list("sys/policies/acl")];
  const { changes, pending } = await lab.applyAll({ dryRun: true });
  const after = [await vault.read("sys/mounts"), await vault.read("sys/auth"), await vault.list("sys/policies/acl")];
  // The audit device of OpenBao stands in the server's own file.
  expect(named(changes)).toEqual(lab.desired.filter(({ kind }) => kind !== "audit").map(nameOf));
  expect(pending).toBeNull();
  expect(after).toEqual(before);
});

test("applied once it makes everything, applied again it changes nothing", async () => {
  expect((await lab.applyAll()).changes.length).toBeGreaterThan(20);
  expect((await lab.applyAll()).changes).toEqual([]);
  expect((await lab.applyAll({ dryRun: true })).changes).toEqual([]);
});

test("an audit device is on", async () => {
  expect(Object.keys((await vault.read("sys/audit")) ?? {})).toEqual(["certops/"]);
});

test("every field that Vault reports for a role, a login and the PKI is stated in the data", async () => {
  const unstated: string[] = [];
  for (const object of lab.desired) {
    if (!("fields" in object) || object.kind === "seed" || object.kind === "policy") continue;
    // ACME is off, so its other fields say nothing; local_secret_ids cannot be edited once the login exists.
    if (object.path === "pki/config/acme") continue;
    const reported = Object.keys((await vault.read(object.path)) ?? {}).filter((name) => name !== "local_secret_ids");
    const stated = Object.keys(object.fields);
    unstated.push(...reported.filter((name) => !stated.includes(name)).map((name) => `${object.path} ${name}`));
    unstated.push(...stated.filter((name) => !reported.includes(name)).map((name) => `${object.path} lacks ${name}`));
  }
  expect(unstated).toEqual([]);
});

describe("altered by hand, an object is named and put right, and no other", () => {
  const edits: Record<string, Fields> = {
    "pki/config/urls": { crl_distribution_points: ["http://elsewhere.example.com/crl"] },
    "pki/config/crl": { expiry: "24h" },
    "pki/config/auto-tidy": { tidy_cert_store: false },
    "pki/config/acme": { enabled: true },
  };
  const editsByKind: Partial<Record<VaultObject["kind"], Fields>> = {
    role: { allow_wildcard_certificates: true, max_ttl: "8760h" },
    policy: { policy: 'path "*" { capabilities = ["sudo", "read"] }' },
    approle: { token_policies: ["default", "another"] },
  };

  test.each(settings())("%s", async (name, path, edit) => {
    if (path === "pki/config/acme") await vault.write("pki/config/cluster", { path: "https://127.0.0.1:1/v1/pki" });
    const before = writable(await vault.read(path));
    await vault.write(path, { ...before, ...edit });
    const { changes } = await lab.applyAll();
    expect(named(changes)).toEqual([name]);
    expect(changes[0]?.action).toBe("change");
    expect(changes[0]?.fields.map(({ field }) => field).toSorted()).toEqual(Object.keys(edit).toSorted());
    expect(writable(await vault.read(path))).toEqual(before);
    expect((await lab.applyAll()).changes).toEqual([]);
  });

  function settings(): [string, string, Fields][] {
    return desiredNames().map(([kind, path]) => [`${kind} ${path}`, path, edits[path] ?? editsByKind[kind] ?? {}]);
  }

  test.each([
    ["mount pki", "sys/mounts/pki/tune", { description: "another" }],
    ["mount pki", "sys/mounts/pki/tune", { audit_non_hmac_request_keys: ["uri_sans", "csr"] }],
    ["mount pki", "sys/mounts/pki/tune", { max_lease_ttl: "87600h" }],
    ["mount pki", "sys/mounts/pki/tune", { default_lease_ttl: "2h" }],
    ["mount kv", "sys/mounts/kv/tune", { description: "another" }],
    ["auth approle", "sys/auth/approle/tune", { description: "another" }],
    ["auth approle", "sys/auth/approle/tune", { listing_visibility: "unauth" }],
  ])("%s: %s %o", async (name, path, edit) => {
    await vault.write(path, edit);
    const { changes } = await lab.applyAll();
    expect(named(changes)).toEqual([name]);
    expect(changes[0]?.fields.map(({ field }) => field)).toEqual(Object.keys(edit));
    expect((await lab.applyAll()).changes).toEqual([]);
  });

  test("the intermediate's name, its use, its key's name, and which issuer is the default", async () => {
    const [issuer = ""] = await vault.list("pki/issuers");
    const [key = ""] = await vault.list("pki/keys");
    await vault.write(`pki/issuer/${issuer}`, { issuer_name: "renamed" });
    expect(named((await lab.applyAll()).changes)).toEqual([`issuer pki/issuer/${issuer}`]);
    await vault.write(`pki/issuer/${issuer}`, { issuer_name: "certops", usage: "read-only" });
    expect(named((await lab.applyAll()).changes)).toEqual([`issuer pki/issuer/${issuer}`]);
    await vault.write(`pki/key/${key}`, { key_name: "renamed" });
    expect(named((await lab.applyAll()).changes)).toEqual([`key pki/key/${key}`]);
    await vault.write("pki/root/generate/internal", { common_name: "another authority", issuer_name: "another" });
    await vault.write("pki/config/issuers", { default: "another" });
    expect(named((await lab.applyAll()).changes)).toEqual(["config pki/config/issuers"]);
    expect((await lab.applyAll()).changes).toEqual([]);
    expect(await vault.list("pki/issuers")).toHaveLength(2);
    await vault.delete("pki/issuer/another");
  });
});

describe("deleted by hand, an object is made again, and no other", () => {
  const deletable = desiredNames().filter(([kind]) => ["role", "policy", "approle"].includes(kind));

  test.each(deletable)("%s %s", async (kind, path) => {
    await vault.delete(path);
    const { changes } = await lab.applyAll();
    expect(changes).toMatchObject([{ action: "create", kind, path }]);
    expect((await lab.applyAll()).changes).toEqual([]);
  });

  test("a mount, with what lay in it", async () => {
    await vault.delete("sys/mounts/kv");
    expect(named((await lab.applyAll()).changes)).toEqual([
      "mount kv",
      "seed kv/certops/service-a",
      "seed kv/certops/service-b",
    ]);
  });

  test("the intermediate, with the key it had", async () => {
    const [issuer = ""] = await vault.list("pki/issuers");
    const keys = await vault.list("pki/keys");
    await vault.delete(`pki/issuer/${issuer}`);
    const [made, ...rest] = named((await lab.applyAll()).changes);
    expect(made).toBe("intermediate pki");
    expect(rest.every((name) => /^(issuer|config) pki\/(issuer\/|config\/issuers)/.test(name))).toBe(true);
    expect(await vault.list("pki/keys")).toEqual(keys);
    expect((await lab.applyAll()).changes).toEqual([]);
  });
});

describe("generations belong to the bot", () => {
  const secret = async () => (await vault.read("kv/data/certops/service-a"))?.["data"];

  test("one that was written stays, one that is missing is added", async () => {
    await vault.write("kv/data/certops/service-a", { data: { "a-1": "r-7" } });
    expect((await lab.applyAll()).changes).toEqual([
      {
        action: "change",
        kind: "seed",
        path: "kv/certops/service-a",
        fields: [{ field: "a-2", from: null, to: "g0" }],
      },
    ]);
    expect(await secret()).toEqual({ "a-1": "r-7", "a-2": "g0" });
    expect((await lab.applyAll()).changes).toEqual([]);
  });

  test("a deleted secret is made again, destroyed for good or not", async () => {
    await vault.delete("kv/data/certops/service-a");
    expect(named((await lab.applyAll()).changes)).toEqual(["seed kv/certops/service-a"]);
    await vault.delete("kv/metadata/certops/service-a");
    expect(named((await lab.applyAll()).changes)).toEqual(["seed kv/certops/service-a"]);
    expect(await secret()).toEqual({ "a-1": "g0", "a-2": "g0" });
  });
});

test("what others keep in the same Vault is left alone", async () => {
  await vault.write("sys/mounts/theirs", { type: "kv", description: "another team's" });
  await vault.write("sys/policies/acl/theirs", { policy: 'path "theirs/*" { capabilities = ["read"] }' });
  await vault.write("pki/roles/theirs", { allowed_domains: ["theirs.example.com"] });
  const theirs = () =>
    Promise.all(["sys/mounts/theirs", "sys/policies/acl/theirs", "pki/roles/theirs"].map((path) => vault.read(path)));
  const before = await theirs();
  expect((await lab.applyAll()).changes).toEqual([]);
  expect(await theirs()).toEqual(before);
});

test("a mount of another type under our name is told, not touched", async () => {
  await vault.write("sys/mounts/taken", { type: "kv" });
  const desired = lab.desired.map((object) =>
    object.kind === "mount" && object.path === "pki" ? { ...object, path: "taken" } : object,
  );
  await expect(lab.applyAll({ desired })).rejects.toMatchObject({ code: "MOUNT_TAKEN" });
});

/** Kind and path of everything that is settings under one path. */
function desiredNames(): (readonly [VaultObject["kind"], string])[] {
  const objects = desiredObjects({ address: "https://127.0.0.1:1", lab: true });
  return objects.flatMap((object) =>
    "fields" in object && object.kind !== "seed" ? [[object.kind, object.path] as const] : [],
  );
}

function nameOf(object: VaultObject): string {
  if (object.kind === "intermediate") return `intermediate ${object.mount}`;
  if (object.kind === "seed") return `seed ${object.mount}/${object.path}`;
  return object.kind === "audit" ? "audit" : `${object.kind} ${object.path}`;
}

/** Without what Vault counts up by itself, and what it lets nobody edit. */
function writable(fields: Fields | null): Fields {
  const { version: _version, modified: _modified, local_secret_ids: _local, ...rest } = fields ?? {};
  return rest;
}
