import { generateKeyPairSync } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signingKey } from "../../bot/adapters/firewall/signing-key.ts";
import { signedText } from "../../bot/domain/firewall/sealed-keys.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const name = "firewall-signing-key.pem";
const seal = { revision: 1_795_000_000_000, digest: "a".repeat(64) };

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

/** What OpenSSL says of a signature over that text. */
async function verified(publicKey: string, signature: string, text: string): Promise<boolean> {
  const pem = `-----BEGIN PUBLIC KEY-----\n${publicKey.replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
  writeFileSync(folder.file("public"), pem);
  writeFileSync(folder.file("signature"), Buffer.from(signature, "base64"));
  writeFileSync(folder.file("text"), text);
  const files = ["-verify", folder.file("public"), "-signature", folder.file("signature"), folder.file("text")];
  const { code } = await run(["openssl", "dgst", "-sha256", ...files]);
  return code === 0;
}

describe("the key that signs what was approved", () => {
  test("is made once, for the bot's user alone, and is the same after a restart", () => {
    const { publicKey } = signingKey(folder.path);
    expect(statSync(folder.file(name)).mode & 0o777).toBe(0o600);
    expect(existsSync(folder.file(`${name}.new`))).toBe(false);
    const pem = readFileSync(folder.file(name), "utf8");
    expect(signingKey(folder.path).publicKey).toBe(publicKey);
    expect(readFileSync(folder.file(name), "utf8")).toBe(pem);
    expect(JSON.stringify(signingKey(folder.path))).not.toContain(pem.split("\n")[1]);
  });

  test("signs exactly one revision with exactly one digest, as OpenSSL verifies it", async () => {
    const { publicKey, sign } = signingKey(folder.path);
    const signature = sign(seal);
    expect(await verified(publicKey, signature, signedText(seal))).toBe(true);
    for (const other of [
      { ...seal, revision: seal.revision + 1 },
      { ...seal, digest: "b".repeat(64) },
    ]) {
      expect(await verified(publicKey, signature, signedText(other))).toBe(false);
    }
  });

  test("that was deleted is replaced by another, which verifies nothing of the former's", async () => {
    const former = signingKey(folder.path);
    writeFileSync(folder.file(`${name}.new`), "cut off");
    rmSync(folder.file(name));
    const { publicKey } = signingKey(folder.path);
    expect(publicKey).not.toBe(former.publicKey);
    expect(await verified(publicKey, former.sign(seal), signedText(seal))).toBe(false);
  });

  test.each([0o640, 0o604, 0o620])("that others may get at is not used: %i", (mode) => {
    signingKey(folder.path);
    chmodSync(folder.file(name), mode);
    expect(() => signingKey(folder.path)).toThrow(expect.objectContaining({ code: "firewall-key-exposed" }));
  });

  test.each([
    ["is no key", "hello"],
    ["is of another kind", generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" })],
  ])("that %s is told, and not written over", (_, text) => {
    writeFileSync(folder.file(name), text, { mode: 0o600 });
    expect(() => signingKey(folder.path)).toThrow(expect.objectContaining({ code: "firewall-key-odd" }));
    expect(readFileSync(folder.file(name), "utf8")).toBe(text);
  });
});
