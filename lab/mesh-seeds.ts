import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Ask } from "./stack/consul-api.ts";

const NOMAD = join(import.meta.dirname, "../nomad");

const entrySchema = z.looseObject({ Kind: z.string(), Name: z.string() });
const listReply = z.array(entrySchema);

/**
 * Gives a mesh that has no rules yet those that stand in files: what its sidecars speak, and who may call whom. Once it has
 * any, they belong to whoever is asked for a change, and the files are not read again. Tells whether it seeded.
 */
export async function seedMesh(ask: Ask): Promise<boolean> {
  if (!(await isEmpty(ask))) return false;
  const [intentions, retries] = await Promise.all(["intentions", "retries"].map(filesIn));
  // Consul takes a service's routes only once it is said to speak HTTP.
  for (const file of [...(intentions ?? []), join(NOMAD, "proxy-defaults.json"), ...(retries ?? [])]) {
    const entry = entrySchema.parse(JSON.parse(await readFile(file, "utf8")));
    // cas=0: only where there is none.
    await ask("PUT", "/v1/config?cas=0", entry);
  }
  return true;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(NOMAD, folder));
  return names.filter((name) => name.endsWith(".json")).map((name) => join(NOMAD, folder, name));
}

async function isEmpty(ask: Ask): Promise<boolean> {
  const [intentions, defaults] = await Promise.all(
    ["service-intentions", "proxy-defaults"].map(async (kind) =>
      listReply.parse(await ask("GET", `/v1/config/${kind}`)),
    ),
  );
  return intentions?.length === 0 && defaults?.length === 0;
}
