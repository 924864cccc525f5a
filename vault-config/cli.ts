#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Applied, apply } from "./apply.ts";
import { describeChange } from "./change.ts";
import { desiredObjects } from "./desired.ts";
import { connectFromEnvironment, readText } from "./environment.ts";
import { jwksUrl, type NomadTrust } from "./nomad.ts";
import { Problem } from "./problem.ts";
import { requireCertificates } from "./signed-file.ts";

const HELP = `Brings a Vault of your own to what vault-config says: mounts, roles, policies, logins.

  npm run vault:apply -- [--dry-run] [--json] [--csr FILE] [--signed FILE] [--nomad URL [--nomad-ca FILE]] [--consul]

  --dry-run      show what would change, change nothing
  --json         print the changes as JSON
  --csr FILE     where to write the intermediate's signing request (intermediate.csr)
  --signed FILE  the intermediate's certificate, signed by your root, PEM
  --nomad URL    Nomad's address, for example https://nomad.example.com:4646: its jobs log in by their identities
  --nomad-ca FILE  the authority that signed Nomad's own certificate, PEM; left out, those that the system trusts
  --consul       roles for Consul's servers, and a policy with which Consul has Vault sign for its mesh
  --help         this

From the environment: VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT (PEM file), VAULT_NAMESPACE.
Ends with 0 when all is in place, 1 on a problem, 2 on a wrong call, 3 when it waits for your root's signature.
`;

const WRONG_CALL = 2;
const WAITS_FOR_SIGNATURE = 3;

const options = {
  "dry-run": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  csr: { type: "string", default: "intermediate.csr" },
  signed: { type: "string" },
  nomad: { type: "string" },
  "nomad-ca": { type: "string" },
  consul: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

function readArguments() {
  try {
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    const what = error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error);
    throw new Problem("WRONG_CALL", `${what}.`, "npm run vault:apply -- --help");
  }
}

async function main(): Promise<number> {
  const flags = readArguments();
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const signed = flags.signed === undefined ? null : await readText(flags.signed, "--signed");
  if (signed !== null) requireCertificates(signed);
  const nomad = await nomadTrust(flags);
  const vault = await connectFromEnvironment(process.env);
  const applied = await apply({
    vault,
    desired: desiredObjects({ address: vault.address, consul: flags.consul, ...(nomad && { nomad }) }),
    dryRun: flags["dry-run"],
    ...(signed === null ? {} : { sign: () => Promise.resolve(signed) }),
    now: Date.now(),
    onChange: (change) => {
      if (!flags.json) console.log(describeChange(change));
    },
  });
  if (applied.pending !== null) await writeRequest(flags.csr, applied.pending.csr);
  if (flags.json) console.log(JSON.stringify({ ...applied, dryRun: flags["dry-run"] }, null, 2));
  else console.log(summary(applied, flags));
  return applied.pending === null ? 0 : WAITS_FOR_SIGNATURE;
}

async function nomadTrust(flags: { nomad?: string; "nomad-ca"?: string }): Promise<NomadTrust | null> {
  const { nomad, "nomad-ca": caFile } = flags;
  if (nomad === undefined) {
    if (caFile === undefined) return null;
    throw new Problem(
      "WRONG_CALL",
      "--nomad-ca says how to verify Nomad, and --nomad is missing.",
      "Give --nomad URL too.",
    );
  }
  if (!URL.canParse(nomad)) {
    throw new Problem("WRONG_CALL", `--nomad: ${nomad} is no address.`, "For example: https://nomad.example.com:4646");
  }
  const caPem = caFile === undefined ? "" : await readText(caFile, "--nomad-ca");
  return { jwksUrl: jwksUrl(nomad), caPem };
}

async function writeRequest(file: string, csr: string): Promise<void> {
  await writeFile(file, csr.endsWith("\n") ? csr : `${csr}\n`).catch((cause: unknown) => {
    throw new Problem("FILE_UNWRITABLE", `--csr: ${file} cannot be written.`, "Name another file.", { cause });
  });
}

function summary({ changes, pending }: Applied, flags: { "dry-run": boolean; csr: string }): string {
  const count = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  if (changes.length === 0) return "Vault holds everything as it should be. Nothing to change.";
  if (flags["dry-run"]) return `${count} would be made. Nothing was changed.`;
  if (pending === null) return `${count} made.`;
  return `${count} made, and the intermediate waits for your root's signature.

Next: have ${flags.csr} signed by your root as an authority (CA:TRUE, path length 0, key usage certSign and cRLSign), then
  npm run vault:apply -- --signed FILE`;
}

// Who reads it, such as `head`, may have read enough: what was begun is done all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`${error.code}: ${error.message}\n  ${error.hint}`);
  process.exitCode = error.code === "WRONG_CALL" ? WRONG_CALL : 1;
}
