import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditLogOfVault } from "../../bot/adapters/audit-log-of-vault.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import type { Generations } from "../../bot/operations/ports.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { startTestVault, type TestVault } from "../support/vault.ts";

const at = { kind: "vault-agent", mount: "kv", path: "certops/service-new" } as const;
const folder = temporaryFolder();
let lab: TestVault;
let kv: Generations;

async function generationsAs(policy: string): Promise<Generations> {
  const tokenFile = folder.file(policy);
  await writeFile(tokenFile, await lab.server.asRoot.token("auth/token/create", { policies: [policy], ttl: "1h" }));
  return generations(vaultClient({ address: lab.server.address, caFile: lab.server.files.ca, tokenFile }));
}

beforeAll(async () => {
  lab = await startTestVault();
  await lab.applyAll();
  kv = await generationsAs("root");
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("generations in a real KV", () => {
  test("nothing is version 0; of two writers on one version the second is told so", async () => {
    expect(await kv.read(at)).toEqual({ version: 0, instances: {} });
    expect(await kv.write(at, { "a-1": "g0", "a-2": "g0" }, 0)).toBe(true);
    expect(await kv.write(at, { "a-1": "r-late2222", "a-2": "g0" }, 0)).toBe(false);
    expect(await kv.read(at)).toEqual({ version: 1, instances: { "a-1": "g0", "a-2": "g0" } });
    const raced = await Promise.all(
      ["r-one22222", "r-two22222"].map((id) => kv.write(at, { "a-1": id, "a-2": id }, 1)),
    );
    expect(raced.filter(Boolean)).toHaveLength(1);
    expect((await kv.read(at)).version).toBe(2);
  });

  test("a secret that holds something else is not taken for generations", async () => {
    await lab.server.asRoot.write("kv/data/certops/other", { data: { "a-1": { nested: true } } });
    await expect(kv.read({ kind: "vault-agent", mount: "kv", path: "certops/other" })).rejects.toMatchObject({
      code: "vault-secret-unreadable",
    });
  });

  test("a path that the bot may not touch", async () => {
    const bot = await generationsAs("certops-bot");
    await expect(
      bot.write({ kind: "vault-agent", mount: "kv", path: "elsewhere" }, { "a-1": "g1" }, 0),
    ).rejects.toMatchObject({
      code: "vault-denied",
    });
  });
});

describe("the bot's policy", () => {
  test("lets it write the generation of a service that it manages", async () => {
    const bot = await generationsAs("certops-bot");
    const managed = { kind: "vault-agent", mount: "kv", path: "certops/service-a" } as const;
    const { version, instances } = await bot.read(managed);
    expect(await bot.write(managed, { ...instances, "a-1": "r-abcd2345" }, version)).toBe(true);
    expect((await bot.read(managed)).instances).toMatchObject({ "a-1": "r-abcd2345" });
  });
});

describe("Vault's own audit log", () => {
  test("tells what it issued for a generation, and to whom", async () => {
    const issue = (id: string) =>
      lab.server.asRoot.write("pki/issue/service-a", {
        common_name: "service-a.example.com",
        ttl: "2m",
        uri_sans: `urn:certops:generation:${id}`,
      });
    const reply = await issue("r-abcd2345");
    await issue("r-else2222");
    const read = auditLogOfVault(lab.server.files.audit);
    const issues = await read("r-abcd2345");
    expect(issues).toEqual([{ at: expect.any(Number), serial: expect.any(String), by: "root", refused: null }]);
    expect(JSON.stringify(reply)).toContain(issues[0]?.serial);
  });
});
