import { readFile } from "node:fs/promises";
import { z } from "zod";
import { Problem } from "./problem.ts";
import { readCertificates } from "./signed-file.ts";
import { notVault } from "./vault-failure.ts";
import { connectVault, type Vault } from "./vault.ts";

const sealStatus = z.object({ sealed: z.boolean(), initialized: z.boolean() });
/** How a web server that is not Vault refuses a path it does not know. */
const STRANGE_ANSWERS = ["VAULT_DENIED", "VAULT_REFUSED"];

/** The Vault that the environment names; a `Problem` when a variable is missing or wrong, or no Vault answers there. */
export async function connectFromEnvironment(env: NodeJS.ProcessEnv): Promise<Vault> {
  const { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_CACERT: caFile, VAULT_NAMESPACE: namespace } = env;
  if (!address || !URL.canParse(address)) {
    throw new Problem(
      "NO_ADDRESS",
      "VAULT_ADDR is not set to an address.",
      "For example: export VAULT_ADDR=https://vault.example.com:8200",
    );
  }
  if (!token) {
    throw new Problem(
      "NO_TOKEN",
      "VAULT_TOKEN is not set.",
      "After `vault login`: export VAULT_TOKEN=$(cat ~/.vault-token)",
    );
  }
  const where = { address: address.replace(/\/+$/, ""), ...(caFile ? { ca: await readAuthority(caFile) } : {}) };
  // Without the token: what is not Vault does not get to see it.
  await requireVault(connectVault(where));
  return connectVault({ ...where, token, ...(namespace ? { namespace } : {}) });
}

/** The text of a file that `from`, an option or a variable, names. */
export async function readText(file: string, from: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new Problem("FILE_UNREADABLE", `${from}: ${file} cannot be read.`, "Check its name and permissions.", {
      cause,
    });
  });
}

async function readAuthority(file: string): Promise<string> {
  const pem = await readText(file, "VAULT_CACERT");
  if (readCertificates(pem).length > 0) return pem;
  throw new Problem(
    "NO_CERTIFICATE",
    `VAULT_CACERT: ${file} holds no certificate.`,
    "It is to be the authority that signed Vault's own certificate, as PEM.",
  );
}

/** Vault tells everybody whether it is sealed; whatever else answers has no such answer. */
async function requireVault(vault: Vault): Promise<void> {
  const told = await vault.read("sys/seal-status").catch((error: unknown) => {
    if (error instanceof Problem && STRANGE_ANSWERS.includes(error.code)) return null;
    throw error;
  });
  if (!sealStatus.safeParse(told).success) throw notVault(vault.address);
}
