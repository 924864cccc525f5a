import { z } from "zod";
import type { Fields } from "./fields.ts";
import type { Intermediate, Settings } from "./objects.ts";
import { Problem } from "./problem.ts";
import { acceptSigned, commonNameOf } from "./signed-file.ts";
import type { Vault } from "./vault.ts";

interface Issuer {
  id: string;
  keyId: string;
}

const issuerReply = z.object({ certificate: z.string(), key_id: z.string() });
const keyReply = z.object({ key_name: z.string() });
const csrReply = z.object({ csr: z.string() });
const importReply = z.object({ imported_issuers: z.array(z.string()).nullable() });

/** The issuer that is our intermediate, told by its subject: names can be edited, a certificate cannot. */
export async function findIssuer(vault: Vault, wanted: Intermediate): Promise<Issuer | null> {
  for (const id of await vault.list(`${wanted.mount}/issuers`)) {
    const found = issuerReply.parse(await vault.read(`${wanted.mount}/issuer/${id}`));
    const ours = commonNameOf(found.certificate) === wanted.commonName;
    if (ours && found.key_id !== "") return { id, keyId: found.key_id };
  }
  return null;
}

/**
 * The request for the intermediate's certificate, PEM. Vault makes the key and keeps it; asked again, it makes the
 * request anew with the same key.
 */
export async function requestCertificate(vault: Vault, wanted: Intermediate): Promise<string> {
  const { mount, commonName, key } = wanted;
  const known = await findKey(vault, wanted);
  const answer = known
    ? await vault.write(`${mount}/intermediate/generate/existing`, { common_name: commonName, key_ref: known })
    : await vault.write(`${mount}/intermediate/generate/internal`, { common_name: commonName, ...key });
  return csrReply.parse(answer).csr;
}

/** Gives Vault the signed certificate. `signed` may hold the chain above it; the root in it is left out. */
export async function importCertificate(
  vault: Vault,
  { mount, commonName }: Intermediate,
  csr: string,
  signed: string,
  now: number,
): Promise<void> {
  const certificate = await acceptSigned(csr, signed, now);
  const answer = await vault.write(`${mount}/intermediate/set-signed`, { certificate });
  if ((importReply.parse(answer).imported_issuers ?? []).length === 0) {
    throw new Problem(
      "INTERMEDIATE_NOT_IMPORTED",
      `Vault did not take the certificate of ${commonName}.`,
      "Delete the issuer of that certificate in Vault, then apply again.",
    );
  }
}

/** What can be edited about the intermediate once it is there. */
export function issuerSettings({ mount, key, issuer }: Intermediate, { id, keyId }: Issuer): Settings[] {
  return [
    { kind: "key", path: `${mount}/key/${keyId}`, fields: { key_name: key.key_name } },
    { kind: "issuer", path: `${mount}/issuer/${id}`, fields: issuer },
    {
      kind: "config",
      path: `${mount}/config/issuers`,
      fields: { default: id, default_follows_latest_issuer: false },
    },
  ];
}

/** How the intermediate is shown when it has to be made. */
export function intermediateFields({ commonName, key }: Intermediate): Fields {
  return { common_name: commonName, ...key };
}

async function findKey(vault: Vault, { mount, key }: Intermediate): Promise<string | null> {
  for (const id of await vault.list(`${mount}/keys`)) {
    const found = keyReply.parse(await vault.read(`${mount}/key/${id}`));
    if (found.key_name === key.key_name) return id;
  }
  return null;
}
