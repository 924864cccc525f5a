import { execFile } from "node:child_process";
import { mkdtempDisposable, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRoot } from "../../vault-config/ceremony.ts";
import { bareEnvironment } from "../support/bare-environment.ts";
import { startTestVault, type TestVault } from "../support/vault.ts";

const cli = resolve(import.meta.dirname, "../../vault-config/cli.ts");
const run = promisify(execFile);

let lab: TestVault;
let env: Record<string, string>;
let csrFile: string;
beforeAll(async () => {
  lab = await startTestVault();
  const token = await lab.server.asRoot.token("auth/token/create", { policies: ["root"] });
  env = { VAULT_ADDR: lab.server.address, VAULT_TOKEN: token, VAULT_CACERT: lab.server.files.ca };
  csrFile = join(lab.dir, "my.csr");
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** `npm run vault:apply -- …`, as a person runs it. */
async function vaultApply(args: string[], changed: Record<string, string> = {}): Promise<Ended> {
  const options = { env: { ...bareEnvironment(), ...env, ...changed }, cwd: lab.dir };
  return run(process.execPath, [cli, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

test("--help tells what it does and what it reads", async () => {
  const { code, stdout } = await vaultApply(["--help"]);
  expect(code).toBe(0);
  for (const word of ["--dry-run", "--signed FILE", "VAULT_ADDR", "VAULT_CACERT"]) expect(stdout).toContain(word);
});

test("a dry run shows the difference and leaves no file", async () => {
  const { code, stdout } = await vaultApply(["--dry-run", "--csr", csrFile]);
  expect(code).toBe(0);
  expect(stdout).toContain("+ mount pki\n");
  expect(stdout).toContain('  + allowed_domains = ["service-a.example.com"]\n');
  expect(stdout).toMatch(/\d+ changes would be made\. Nothing was changed\.\n$/);
  await expect(stat(csrFile)).rejects.toMatchObject({ code: "ENOENT" });
  expect((await lab.server.asRoot.read("sys/mounts"))?.["pki/"]).toBeUndefined();
});

test("it stops at the signing request, says what to do, and asks again with the same key", async () => {
  const first = await vaultApply(["--csr", csrFile]);
  expect(first.code).toBe(3);
  expect(first.stdout).toContain(`Next: have ${csrFile} signed by your root`);
  expect(await readFile(csrFile, "utf8")).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----/);
  const again = await vaultApply(["--csr", csrFile]);
  expect(again.code).toBe(3);
  expect(again.stdout).toMatch(/^\+ intermediate pki\n/);
  expect(await lab.server.asRoot.list("pki/keys")).toHaveLength(1);
});

test("a signed file that is not ours, or not a certificate, or not there, is one sentence", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "certops-signed-"));
  const garbage = join(folder.path, "garbage.pem");
  await writeFile(garbage, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
  const foreign = join(folder.path, "foreign.pem");
  await writeFile(foreign, (await createRoot(Date.now)).certificatePem);
  for (const [file, what] of [
    [garbage, "no certificate."],
    [foreign, "no certificate for the key of our signing request."],
  ] as const) {
    const { code, stdout, stderr } = await vaultApply(["--signed", file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`SIGNED_FILE_REFUSED: The signed file holds ${what}\n`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
    expect(stdout).toBe("");
  }
  const absent = await vaultApply(["--signed", join(folder.path, "absent.pem")]);
  expect(absent.stderr).toMatch(/^FILE_UNREADABLE: --signed: .*absent\.pem cannot be read\.\n/);
});

test("it goes on with the signed file, leaves the root out of Vault, and is then at rest", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "certops-signed-"));
  const signed = join(folder.path, "signed.pem");
  const certificate = await lab.root.signIntermediate(await readFile(csrFile, "utf8"));
  await writeFile(signed, lab.root.certificatePem + certificate);
  const { code, stdout } = await vaultApply(["--signed", signed]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/changes made\.\n$/);
  expect(await lab.server.asRoot.list("pki/issuers")).toHaveLength(1);
  const again = await vaultApply([]);
  expect(again).toEqual({
    code: 0,
    stdout: "Vault holds everything as it should be. Nothing to change.\n",
    stderr: "",
  });
});

test("--json says the same to a program", async () => {
  await lab.server.asRoot.write("pki/config/crl", { expiry: "24h" });
  const { code, stdout } = await vaultApply(["--json", "--dry-run"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    changes: [
      {
        action: "change",
        kind: "config",
        path: "pki/config/crl",
        fields: [{ field: "expiry", from: "24h", to: "72h" }],
      },
    ],
    pending: null,
    dryRun: true,
  });
});

test.each<[what: string, args: string[], env: Record<string, string>, code: number, told: RegExp]>([
  ["an unknown option", ["--now"], {}, 2, /^WRONG_CALL: Unknown option '--now'\.\n/],
  ["no address", [], { VAULT_ADDR: "" }, 1, /^NO_ADDRESS: /],
  ["no token", [], { VAULT_TOKEN: "" }, 1, /^NO_TOKEN: /],
  ["a wrong token", [], { VAULT_TOKEN: "s.wrong" }, 1, /^VAULT_DENIED: Vault at .* does not let this token use /],
  ["no trust", [], { VAULT_CACERT: "" }, 1, /^VAULT_UNTRUSTED: .*\n {2}Set VAULT_CACERT/],
  ["a missing authority", [], { VAULT_CACERT: "/nonexistent" }, 1, /^FILE_UNREADABLE: VAULT_CACERT: /],
  [
    "an authority that is none",
    [],
    { VAULT_CACERT: "/etc/hostname" },
    1,
    /^NO_CERTIFICATE: VAULT_CACERT: \/etc\/hostname holds no certificate\./,
  ],
  ["a port where nobody listens", [], { VAULT_ADDR: "https://127.0.0.1:1" }, 1, /^VAULT_DOWN: .* does not answer/],
])("%s is one sentence and a hint", async (_, args, changed, expected, told) => {
  const { code, stdout, stderr } = await vaultApply(args, changed);
  expect(code).toBe(expected);
  expect(stdout).toBe("");
  expect(stderr).toMatch(told);
  expect(stderr.trimEnd().split("\n")).toHaveLength(2);
});

test.each([200, 404, 403, 500])("something else than Vault, answering %d, is one sentence", async (status) => {
  const tokens: unknown[] = [];
  await using server = createServer(({ headers }, response) => {
    tokens.push(headers["x-vault-token"]);
    response.writeHead(status).end("<html>hello</html>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { stdout, stderr } = await vaultApply([], { VAULT_ADDR: `http://127.0.0.1:${port}` });
  expect(stderr).toMatch(/^NOT_VAULT: What answers at http:\/\/127\.0\.0\.1:\d+ is not Vault\.\n/);
  expect(stdout).toBe("");
  expect(tokens).toEqual([undefined]);
});

test("who reads it may stop reading", async () => {
  const unread = `{ "$1" "$2" --dry-run; echo "ended with $?" >&2; } | true`;
  const options = { env: { ...bareEnvironment(), ...env } };
  const { stderr } = await run("sh", ["-c", unread, "sh", process.execPath, cli], options);
  expect(stderr).toBe("ended with 0\n");
});

test("a sealed Vault is one sentence", async () => {
  await lab.server.seal();
  const { code, stderr } = await vaultApply([]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^VAULT_SEALED: Vault at .* is sealed\.\n {2}Unseal it/);
});
