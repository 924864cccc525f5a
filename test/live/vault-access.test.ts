import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type SupervisorAccess, supervisorAccess, wrapSecretId } from "../../lab/stack/supervisor-access.ts";
import type { Fields } from "../../vault-config/fields.ts";
import { Problem } from "../../vault-config/problem.ts";
import { services } from "../../vault-config/services.ts";
import { connectVault, type Vault } from "../../vault-config/vault.ts";
import { crash, startTestVault, type TestVault } from "../support/vault.ts";

const secretIdReply = z.object({ secret_id: z.string() });

const [serviceA] = services as [(typeof services)[0]];

let lab: TestVault;
let supervisor: SupervisorAccess;
beforeAll(async () => {
  lab = await startTestVault();
  await lab.applyAll();
  await lab.server.asRoot.write("kv/data/certops-bot/slack", { data: { bot_token: "x", signing_secret: "y" } });
  supervisor = await supervisorAccess(lab.server, () => {});
});
afterAll(async () => {
  await supervisor?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** Vault as somebody who logged in with this AppRole may use it. */
async function loggedInAs(role: string): Promise<Vault> {
  const role_id = await supervisor.roleId(role);
  const opened = await lab.server.connect(await supervisor.wrapSecretId(role)).write("sys/wrapping/unwrap", {});
  const { secret_id } = secretIdReply.parse(opened);
  return lab.server.connect(await lab.server.connect().token("auth/approle/login", { role_id, secret_id }));
}

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => "allowed",
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

const leafOf = (service: string): Fields => ({
  common_name: `${service}.example.com`,
  uri_sans: "urn:certops:generation:g0",
  ttl: "2m",
});

type Attempt = [what: string, attempt: (vault: Vault) => Promise<unknown>];

function mayAndMayNot(role: string, allowed: Attempt[], refused: Attempt[]): void {
  describe(`the login ${role}`, () => {
    let vault: Vault;
    beforeAll(async () => {
      vault = await loggedInAs(role);
    });
    test.each(allowed)("may %s", async (_, attempt) => {
      expect(await codeOf(attempt(vault))).toBe("allowed");
    });
    test.each(refused)("may not %s", async (_, attempt) => {
      expect(await codeOf(attempt(vault))).toBe("VAULT_DENIED");
    });
  });
}

const own: Attempt[] = [
  ["look at its own token", (vault) => vault.read("auth/token/lookup-self")],
  ["renew its own token", (vault) => vault.write("auth/token/renew-self", {})],
];
const nobodyButTheBot: Attempt[] = [
  ["revoke", (vault) => vault.write("pki/revoke", { serial_number: "00" })],
  ["have the revocation list made anew", (vault) => vault.read("pki/crl/rotate")],
];
const revokeItsOwn = async (vault: Vault) => {
  const { serial_number = "" } = await vault.write("pki/issue/certops-bot", { common_name: "certops-bot" });
  return vault.write("pki/revoke", { serial_number });
};
const nobody: Attempt[] = [
  ["sign a certificate of somebody else's making", (vault) => vault.write("pki/sign-verbatim", { csr: "x" })],
  ["edit a role", (vault) => vault.write("pki/roles/service-a", { allow_any_name: true })],
  ["edit a policy", (vault) => vault.write("sys/policies/acl/certops-bot", { policy: "" })],
  ["make a token", (vault) => vault.write("auth/token/create", {})],
  ["replace the intermediate", (vault) => vault.write("pki/intermediate/set-signed", { certificate: "x" })],
];

mayAndMayNot(
  "agent-service-a",
  [
    ...own,
    ["issue for service-a", (vault) => vault.write("pki/issue/service-a", leafOf("service-a"))],
    ["read service-a's generations", (vault) => vault.read("kv/data/certops/service-a")],
    ["read the revocation list", (vault) => vault.read("pki/cert/crl")],
  ],
  [
    ...nobody,
    ...nobodyButTheBot,
    ["issue for service-b", (vault) => vault.write("pki/issue/service-b", leafOf("service-b"))],
    ["issue for the bot", (vault) => vault.write("pki/issue/certops-bot", { common_name: "certops-bot" })],
    ["issue under another name", (vault) => vault.write("pki/issue/service-a", leafOf("service-b"))],
    ["read service-b's generations", (vault) => vault.read("kv/data/certops/service-b")],
    ["write its own generation", (vault) => vault.write("kv/data/certops/service-a", { data: { "a-1": "mine" } })],
    ["read Slack's tokens", (vault) => vault.read("kv/data/certops-bot/slack")],
    ["mint a secret id", (vault) => vault.wrap("auth/approle/role/agent-service-a/secret-id", "60s")],
  ],
);

mayAndMayNot(
  "certops-bot",
  [
    ...own,
    ["revoke by a serial", revokeItsOwn],
    ["have the revocation list made anew", (vault) => vault.read("pki/crl/rotate")],
    ["list what was issued", (vault) => vault.list("pki/certs")],
    ["read a certificate", (vault) => vault.read("pki/cert/ca")],
    ["read an issuer", (vault) => vault.read("pki/issuer/default")],
    ["write a generation", (vault) => vault.write("kv/data/certops/service-b", { data: { "b-1": "r1", "b-2": "g0" } })],
    ["read Slack's tokens", (vault) => vault.read("kv/data/certops-bot/slack")],
    ["issue its own certificate", (vault) => vault.write("pki/issue/certops-bot", { common_name: "certops-bot" })],
  ],
  [
    ...nobody,
    ["issue for a service", (vault) => vault.write("pki/issue/service-a", leafOf("service-a"))],
    ["revoke by another way than a serial", (vault) => vault.write("pki/revoke", { certificate: "x" })],
    ["write Slack's tokens", (vault) => vault.write("kv/data/certops-bot/slack", { data: {} })],
    ["delete generations", (vault) => vault.delete("kv/data/certops/service-a")],
  ],
);

mayAndMayNot(
  "agent-vault-server",
  [...own, ["issue Vault's own certificate", (vault) => vault.write("pki/issue/vault-server", vaultServer)]],
  [
    ...nobody,
    ...nobodyButTheBot,
    ["issue for a service", (vault) => vault.write("pki/issue/service-a", leafOf("service-a"))],
    ["read generations", (vault) => vault.read("kv/data/certops/service-a")],
  ],
);
const vaultServer = { common_name: "vault.certops.test", alt_names: "localhost", ip_sans: "127.0.0.1", ttl: "1h" };

describe("the lab's supervisor", () => {
  test("issues a leaf of three seconds", async () => {
    const pem = await supervisor.issueShortLeaf(serviceA, "g7");
    const leaf = new X509Certificate(pem.slice(pem.indexOf("-----BEGIN CERTIFICATE")));
    expect(leaf.validToDate.getTime() - Date.now()).toBeLessThanOrEqual(4_000);
    expect(leaf.subjectAltName).toContain("URI:urn:certops:generation:g7");
    expect(pem.startsWith("-----BEGIN EC PRIVATE KEY-----")).toBe(true);
  });

  test.each<Attempt>([
    ["a longer leaf", (vault) => vault.write("pki/issue/service-a", leafOf("service-a"))],
    [
      "a leaf of the role's own lifetime",
      (vault) => vault.write("pki/issue/service-a", { common_name: "service-a.example.com" }),
    ],
    ["a secret id without a wrap", (vault) => vault.write("auth/approle/role/certops-bot/secret-id", {})],
    ["a wrap that lasts an hour", (vault) => vault.wrap("auth/approle/role/certops-bot/secret-id", "1h")],
    ["Slack's tokens", (vault) => vault.read("kv/data/certops-bot/slack")],
    ...nobody,
  ])("does not get: %s", async (_, attempt) => {
    expect(await codeOf(attempt(supervisor.vault))).toBe("VAULT_DENIED");
  });
});

test("a wrapped secret id opens once", async () => {
  const wrap = await wrapSecretId(supervisor.vault, "agent-service-a");
  const opener = lab.server.connect(wrap);
  expect(secretIdReply.parse(await opener.write("sys/wrapping/unwrap", {})).secret_id).not.toBe("");
  await expect(opener.write("sys/wrapping/unwrap", {})).rejects.toMatchObject({ code: "VAULT_REFUSED" });
});

test("twenty agents of one role get their secret ids at the same moment", async () => {
  const wraps = await Promise.all(Array.from({ length: 20 }, () => wrapSecretId(supervisor.vault, "agent-service-b")));
  expect(new Set(wraps).size).toBe(20);
});

test("Vault serves TLS, to whoever trusts the root, and to nobody else", async () => {
  expect(await lab.server.connect().read("sys/health")).toMatchObject({ sealed: false });
  const untrusting = connectVault({ address: lab.server.address });
  await expect(untrusting.read("sys/health")).rejects.toMatchObject({ code: "VAULT_UNTRUSTED" });
  const plain = connectVault({ address: lab.server.address.replace("https:", "http:") });
  await expect(plain.read("sys/mounts")).rejects.toMatchObject({ code: "VAULT_SPEAKS_TLS" });
});

test("a sealed Vault is told as such, and unsealed again", async () => {
  await lab.server.seal();
  await expect(supervisor.roleId("certops-bot")).rejects.toMatchObject({ code: "VAULT_SEALED" });
  await lab.server.unseal();
  expect(await supervisor.roleId("certops-bot")).not.toBe("");
});

test("a Vault that is killed is started and unsealed again, with all it held", async () => {
  const before = await supervisor.roleId("certops-bot");
  crash(lab.server.child);
  await expect.poll(() => lab.server.child.restarts, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => lab.server.child.state(), { timeout: 20_000 }).toBe("up");
  expect(await supervisor.roleId("certops-bot")).toBe(before);
});

test("the root token, once revoked, does nothing more", async () => {
  await lab.server.revokeRoot();
  expect(await codeOf(lab.server.asRoot.read("sys/mounts"))).toBe("VAULT_DENIED");
  expect(await codeOf(supervisor.roleId("certops-bot"))).toBe("allowed");
});
