import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeChange } from "../../vault-config/change.ts";
import { desiredObjects } from "../../vault-config/desired.ts";
import { jwksUrl } from "../../vault-config/nomad.ts";
import { startTestVault, type TestVault } from "../support/vault.ts";

const cli = resolve(import.meta.dirname, "../../vault-config/cli.ts");
const run = promisify(execFile);
const address = "https://127.0.0.1:4646";

let lab: TestVault;
beforeAll(async () => {
  lab = await startTestVault();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const wanted = () =>
  desiredObjects({
    address: lab.server.address,
    lab: true,
    nomad: { jwksUrl: jwksUrl(address), caPem: lab.root.certificatePem },
    consul: true,
  });

test("what Nomad and Consul need is made before either runs, and applying it again changes nothing", async () => {
  const first = (await lab.applyAll({ desired: wanted() })).changes.map(({ path }) => path);
  for (const path of [
    "jwt-nomad",
    "auth/jwt-nomad/role/service-a",
    "sys/policies/acl/job-service-b",
    "pki/roles/nomad-server",
  ])
    expect(first).toContain(path);
  const second = await lab.applyAll({ desired: wanted() });
  expect(second.changes.map(describeChange)).toEqual([]);
});

test("a role that was opened to every job by hand is closed again, and nothing else is touched", async () => {
  const path = "auth/jwt-nomad/role/service-a";
  await lab.server.asRoot.write(path, {
    role_type: "jwt",
    user_claim: "/nomad_job_id",
    bound_claims: { nomad_namespace: "default" },
  });
  const { changes } = await lab.applyAll({ desired: wanted() });
  expect(changes.map((change) => change.path)).toEqual([path]);
  expect(changes[0]?.fields.map(({ field }) => field)).toContain("bound_claims");
});

test("one's own Vault gets it by --nomad and --consul, and not without", async () => {
  const token = await lab.server.asRoot.token("auth/token/create", { policies: ["root"] });
  const env = {
    PATH: process.env["PATH"],
    VAULT_ADDR: lab.server.address,
    VAULT_TOKEN: token,
    VAULT_CACERT: lab.server.files.ca,
  };
  const apply = (...args: string[]) =>
    run(process.execPath, [cli, "--dry-run", ...args], { env }).then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    );
  // The lab's Vault differs from one's own in its logins, never in what stands beside it.
  expect(await apply()).not.toMatch(/nomad|consul/);
  const asked = await apply("--nomad", address, "--nomad-ca", lab.server.files.ca, "--consul");
  expect(asked).toMatch(/^~ role auth\/jwt-nomad\/role\/service-a$/m);
  expect(asked).toMatch(/token_bound_cidrs/);
  expect(await apply("--nomad", "nomad")).toContain("--nomad: nomad is no address.");
  expect(await apply("--nomad-ca", "ca.pem")).toContain("--nomad is missing");
});
