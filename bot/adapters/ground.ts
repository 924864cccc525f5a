import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Certificate } from "../domain/certificate.ts";
import type { Ground, GroundName } from "../domain/ground.ts";
import { Failure } from "../errors.ts";
import type { Clock } from "../operations/ports.ts";
import { revocationListIn } from "./revocation-list.ts";
import type { VaultClient } from "./vault/client.ts";
import { certificatesIn } from "./x509.ts";

interface GroundSources {
  rootFile: string;
  /** null: the root's revocation list is kept elsewhere. */
  rootCrlFile: string | null;
  identityFile: string;
  vault: Pick<VaultClient, "read">;
  pkiMount: string;
  /** The PEM of the root that Connect signs with now; null: certops.yaml names no Consul, or it has no mesh. */
  connectRoot: (() => Promise<string>) | null;
  clock: Clock;
}

type Found = Pick<Ground, "certificate" | "notBefore" | "notAfter">;

/** Looks at everything certops stands on. Never throws: what cannot be read says so itself. */
export function gatherGround(sources: GroundSources): Promise<Ground[]> {
  const { rootFile, rootCrlFile, identityFile, vault, pkiMount, connectRoot, clock } = sources;
  const looks: [GroundName, string, () => Promise<Found>][] = [
    ["root", rootFile, async () => lifeOf(firstIn(await textOf(rootFile), rootFile))],
    ["intermediate", `${pkiMount}/cert/ca`, async () => lifeOf(await certificateAt(vault, `${pkiMount}/cert/ca`))],
    [
      "intermediate's revocation list",
      `${pkiMount}/cert/crl`,
      async () => listLife(await pemAt(vault, `${pkiMount}/cert/crl`)),
    ],
    ["certops' own certificate", identityFile, async () => lifeOf(firstIn(await textOf(identityFile), identityFile))],
    ["certops' own token", "auth/token/lookup-self", async () => tokenLife(await vault.read("auth/token/lookup-self"))],
  ];
  if (rootCrlFile !== null)
    looks.push(["root's revocation list", rootCrlFile, async () => listLife(await textOf(rootCrlFile))]);
  if (connectRoot !== null)
    looks.push([
      "Connect's root",
      connectRootsPath,
      async () => lifeOf(firstIn(await connectRoot(), connectRootsPath)),
    ]);
  return Promise.all(
    looks.map(async ([name, where, look]): Promise<Ground> => {
      try {
        return { name, where, at: clock(), problem: null, ...(await look()) };
      } catch (error) {
        const problem = error instanceof Failure ? error.message : "It cannot be read.";
        return { name, where, at: clock(), problem, certificate: null, notBefore: null, notAfter: null };
      }
    }),
  );
}

const connectRootsPath = "connect/ca/roots";

const lifeOf = (certificate: Certificate): Found => ({
  certificate,
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
});

/** A revocation list is over when the next one was due: from then on it refuses everybody. */
function listLife(pem: string): Found {
  const { thisUpdate, nextUpdate } = revocationListIn(pem);
  return { certificate: null, notBefore: thisUpdate, notAfter: nextUpdate };
}

const lookupReply = z.object({
  data: z.object({
    creation_time: z.number(),
    last_renewal_time: z.number().nullish(),
    expire_time: z.string().nullable(),
  }),
});

function tokenLife(reply: unknown): Found {
  const { creation_time, last_renewal_time, expire_time } = lookupReply.parse(reply).data;
  return {
    certificate: null,
    notBefore: (last_renewal_time ?? creation_time) * 1_000,
    notAfter: expire_time === null ? null : Date.parse(expire_time),
  };
}

const pemReply = z.object({ data: z.object({ certificate: z.string() }) });

async function pemAt(vault: Pick<VaultClient, "read">, path: string): Promise<string> {
  const { success, data } = pemReply.safeParse(await vault.read(path));
  if (!success) throw new Failure("vault-nothing", `Vault has nothing at ${path}.`, "Check vault.pkiMount.");
  return data.data.certificate;
}

async function certificateAt(vault: Pick<VaultClient, "read">, path: string): Promise<Certificate> {
  return firstIn(await pemAt(vault, path), path);
}

function firstIn(pem: string, from: string): Certificate {
  const [first] = certificatesIn(pem, from);
  if (first === undefined)
    throw new Failure("certificate-missing", `There is no certificate in ${from}.`, "Write one.");
  return first;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new Failure("file-unreadable", `The file ${file} cannot be read.`, "Check its path and its mode.");
  }
}
