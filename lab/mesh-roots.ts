import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import { connectRoot } from "../vault-config/consul.ts";
import type { Ask } from "./stack/consul-api.ts";
import { LEAF_HOURS } from "./stack/consul-connect.ts";

const CONFIGURATION = "/v1/connect/ca/configuration";
const LEAF_MS = LEAF_HOURS * 3_600_000;

/** A root that the mesh trusts. Times in epoch ms. */
export interface Root {
  id: string;
  name: string;
  /** Whether new leaves lead to it. */
  active: boolean;
  notAfter: number;
  certificate: X509Certificate;
}

/** https://developer.hashicorp.com/consul/api-docs/connect/ca */
const rootsReply = z.object({
  Roots: z.array(
    z.object({
      ID: z.string(),
      Name: z.string(),
      Active: z.boolean(),
      NotBefore: z.string().transform(Date.parse),
      NotAfter: z.string().transform(Date.parse),
      RootCert: z.string(),
    }),
  ),
});

/** Everything in it goes back as it came: the token with which Vault is asked, for one. */
const configurationReply = z.object({
  Provider: z.enum(["vault", "consul"]),
  Config: z.looseObject({ RootPKIPath: z.string().optional() }),
});

/** Oldest first, as the client's agent knows them: it is asked in vain only when it does not run. */
export async function readRoots(ask: Ask): Promise<Root[]> {
  const { Roots } = rootsReply.parse(await ask("GET", "/v1/agent/connect/ca/roots"));
  // Two of one second: the younger took the older's place.
  const ordered = Roots.toSorted((a, b) => a.NotBefore - b.NotBefore || Number(a.Active) - Number(b.Active));
  return ordered.map((root, index) => ({
    id: root.ID,
    name: root.Name,
    active: root.Active,
    notAfter: Math.min(root.NotAfter, root.Active ? Infinity : trustedUntil(ordered[index + 1]?.NotBefore)),
    certificate: new X509Certificate(root.RootCert),
  }));
}

/** Consul forgets a root when it has been out of use for twice the lifetime of a leaf, and looks every hour. */
function trustedUntil(replacedAt = Infinity): number {
  return replacedAt + 2 * LEAF_MS;
}

/** The root that this leaf leads to, by signatures; null when it is none of them. */
export function rootOf(leaf: X509Certificate, others: X509Certificate[], roots: Root[]): Root | null {
  const signed = (by: X509Certificate) => leaf.verify(by.publicKey);
  const root = roots.find(({ certificate }) => signed(certificate));
  if (root !== undefined) return root;
  const issuer = others.find(signed);
  return issuer === undefined
    ? null
    : rootOf(
        issuer,
        others.filter((one) => one !== issuer),
        roots,
      );
}

/**
 * Has Connect make a new root: in Vault in the next mount, in Consul's own storage with a new key. A `Problem` in one
 * sentence where that fails: the mesh then goes on with the root it has.
 */
export async function replaceRoot(ask: Ask): Promise<void> {
  const { Provider, Config } = configurationReply.parse(await ask("GET", CONFIGURATION).catch(unchanged));
  const before = await activeRoot(ask).catch(unchanged);
  const changed = Provider === "vault" ? { RootPKIPath: nextRoot(Config.RootPKIPath ?? "") } : { PrivateKey: newKey() };
  await ask("PUT", CONFIGURATION, { Provider, Config: { ...Config, ...changed } }).catch(unchanged);
  if ((await activeRoot(ask)) === before) unchanged("Consul took the change and made none");
}

function unchanged(cause: unknown): never {
  const told = cause instanceof Error ? cause.message : String(cause);
  // What Vault says comes last, as a list, in the middle of how Consul came to ask it.
  const why = (/^\* (.+)$/m.exec(told)?.[1] ?? told).replace(/\.$/, "");
  const message = `The mesh goes on with the root it has: ${why}.`;
  throw new Problem("ROOT_NOT_ROTATED", message, "Mend that, and rotate again: npm run lab -- status", { cause });
}

async function activeRoot(ask: Ask): Promise<string> {
  const reply = z.object({ ActiveRootID: z.string() });
  // From the servers: the agent's own knowledge is a moment behind.
  return reply.parse(await ask("GET", "/v1/connect/ca/roots")).ActiveRootID;
}

function nextRoot(path: string): string {
  return connectRoot(Number(/\d+$/.exec(path)?.[0] ?? 0) + 1);
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}
