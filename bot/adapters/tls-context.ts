import { readFile, stat } from "node:fs/promises";
import { type SecureContext, createSecureContext } from "node:tls";

interface Files {
  /** Key, certificate and chain in one PEM file; its agent replaces it whenever it renews. */
  identityFile: string;
  caFile: string;
}

/**
 * What certops shows and trusts in a handshake: made anew when a file has changed, shared otherwise.
 * While the identity is missing or half written the last good one stays, or none is shown.
 * null: the roots cannot be read. Never the public roots in their place.
 */
export function clientContext({ identityFile, caFile }: Files): () => Promise<SecureContext | null> {
  let stamp = "";
  let context: SecureContext | null = null;
  let identity: { cert: string; key: string } | null = null;

  return async () => {
    const current = `${await stampOf(identityFile)} ${await stampOf(caFile)}`;
    if (current === stamp) return context;
    const [ca, pem] = [await textOf(caFile), await textOf(identityFile)];
    const fresh = pem === "" ? null : { cert: pem, key: pem };
    if (fresh !== null && contextWith(ca, fresh) !== null) identity = fresh;
    context = contextWith(ca, identity);
    stamp = current;
    return context;
  };
}

function contextWith(ca: string, identity: { cert: string; key: string } | null): SecureContext | null {
  // Without a single root in it, Node would fall back to the public ones.
  if (!ca.includes("-----BEGIN CERTIFICATE-----")) return null;
  try {
    return createSecureContext({ ca, ...identity });
  } catch {
    return null;
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(file, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  } catch {
    return "missing";
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return "";
  }
}
