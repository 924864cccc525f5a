import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { signedText } from "../../domain/firewall/sealed-keys.ts";
import { Failure } from "../../errors.ts";
import type { Firewall } from "../../operations/firewall/ports.ts";

/** By which the module knows what was approved: ECDSA over P-256, which every OpenSSL verifies from a pipe. */
export interface SigningKey {
  /** Base64 of its DER. */
  publicKey: string;
  sign: Firewall["sign"];
}

/**
 * The bot's own key in its data folder, made where there is none: nobody else is ever given it. Whoever has that folder's store
 * open may call this. Fails with `firewall-key-exposed` or `firewall-key-odd`.
 */
export function signingKey(folder: string): SigningKey {
  const file = join(folder, "firewall-signing-key.pem");
  const key = kept(file) ?? made(file);
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
  return { publicKey, sign: (seal) => sign("sha256", Buffer.from(signedText(seal)), key).toString("base64") };
}

/** null: there is none. */
function kept(file: string): KeyObject | null {
  let pem: string;
  try {
    const opened = openSync(file, "r");
    try {
      if ((fstatSync(opened).mode & 0o077) !== 0) throw exposed(file);
      pem = readFileSync(opened, "utf8");
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw odd(file, error);
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error("it is of another kind");
    return key;
  } catch (error) {
    throw odd(file, error);
  }
}

/** Whole or not at all, also when the machine goes down meanwhile. */
function made(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const part = `${file}.new`;
  try {
    // One that was cut off may have left it, with whatever rights.
    rmSync(part, { force: true });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(part, pem, { mode: 0o600, flag: "wx", flush: true });
    renameSync(part, file);
    const folder = openSync(dirname(file), "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    throw odd(file, error);
  }
  return privateKey;
}

function exposed(file: string): Failure {
  return new Failure(
    "firewall-key-exposed",
    `The key ${file}, which signs the firewall's rules, may be read or written by others.`,
    "Where nobody can have seen it: chmod 600. Otherwise delete it, and the bot makes another.",
  );
}

function odd(file: string, cause: unknown): Failure {
  return new Failure(
    "firewall-key-odd",
    `The key ${file}, which signs the firewall's rules, cannot be had: ${cause instanceof Error ? cause.message : String(cause)}.`,
    "Let the bot's user read and write there; a key that is broken may be deleted, and the bot makes another.",
    { cause },
  );
}
