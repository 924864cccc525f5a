import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const port = z.number().int().min(1).max(65_535);

const instanceSchema = z.object({
  service: z.string(),
  instance: z.string(),
  host: z.string(),
  port,
  serverName: z.string(),
  adminPort: port,
  identityFile: z.string(),
});

export const portsSchema = z.object({
  vault: port,
  vaultCluster: port,
  instances: z.record(z.string(), z.object({ port, adminPort: port })),
  bot: port,
  slack: port,
  console: port,
  traffic: port,
});

const stateSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  dir: z.string(),
  startedAt: z.number(),
  supervisor: z.object({ pid: z.number(), startTime: z.string(), detached: z.boolean() }),
  profile: z.array(z.literal("default")),
  urls: z.object({ vault: z.string(), bot: z.string(), slack: z.string(), console: z.string() }),
  ports: portsSchema,
  files: z.object({
    root: z.string(),
    rootCrl: z.string(),
    vaultAudit: z.string(),
    certopsYaml: z.string(),
    botSocket: z.string(),
    control: z.string(),
  }),
  slack: z.object({
    signingSecret: z.string(),
    botToken: z.string(),
    consoleToken: z.string(),
    channel: z.object({ id: z.string(), name: z.string() }),
    /** Whether the bot speaks in a Slack of the user's own, beside the stand-in. */
    own: z.boolean(),
  }),
  instances: z.array(instanceSchema),
  traffic: z.object({ adminPort: port }),
  programs: z.object({
    vault: z.object({ kind: z.enum(["openbao", "vault"]), version: z.string(), path: z.string() }),
  }),
});

/** Everything about a running lab, secrets included: it is kept in a file only its owner can read. Times in epoch ms. */
export type LabState = z.infer<typeof stateSchema>;
export type LabInstance = z.infer<typeof instanceSchema>;
export type LabPorts = z.infer<typeof portsSchema>;

/** Replaces the file at once, so that a reader never sees half of it. */
export async function writeState(state: LabState): Promise<void> {
  const file = stateFile(state.dir);
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

/** null when no lab was started in `dir`, or what is there is no state of this version. */
export async function readState(dir: string): Promise<LabState | null> {
  const text = await readFile(stateFile(dir), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return stateSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function stateFile(dir: string): string {
  return join(dir, "state.json");
}
