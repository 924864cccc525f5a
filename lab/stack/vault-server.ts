import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Root } from "../../vault-config/ceremony.ts";
import { Problem } from "../../vault-config/problem.ts";
import { vaultNames } from "../../vault-config/services.ts";
import { connectVault, type Vault } from "../../vault-config/vault.ts";
import type { Child, Spawn } from "../supervise.ts";
import { rotateAudit } from "./audit-rotation.ts";
import type { VaultProgram } from "./program.ts";
import { serverConfig, type ServerFiles, serverFiles } from "./server-config.ts";

const POLL_MS = 50;
const UNSEAL_DEADLINE_MS = 30_000;

interface VaultServerOptions {
  /** The lab's folder: `pki/`, `vault/` and `logs/` are made in it. */
  dir: string;
  port: number;
  clusterPort: number;
  program: VaultProgram;
  root: Root;
  spawn: Spawn;
}

export interface VaultServer {
  readonly address: string;
  readonly child: Child;
  readonly files: ServerFiles;
  /** Vault as its root token may use it, until `revokeRoot`. */
  readonly asRoot: Vault;
  /** Vault as another token, or none, may use it. */
  connect(token?: string): Vault;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** From then on nobody holds all the power. */
  revokeRoot(): Promise<void>;
}

const initReply = z.object({ keys_base64: z.tuple([z.string()]), root_token: z.string() });
const healthReply = z.object({ initialized: z.boolean(), sealed: z.boolean(), standby: z.boolean() });

/** Starts Vault on an empty storage: TLS by the root, initialised, unsealed, active, with nothing configured yet. */
export async function startVault(options: VaultServerOptions): Promise<VaultServer> {
  const { dir, port, clusterPort, program, root, spawn } = options;
  const address = `https://127.0.0.1:${port}`;
  const files = serverFiles(dir);
  const connect = (token?: string) =>
    connectVault({ address, ca: root.certificatePem, ...(token === undefined ? {} : { token }) });
  const anyone = connect();

  const unseal = async () => {
    await anyone.write("sys/unseal", { key: await readFile(files.unsealKey, "utf8") });
    await untilHealthy(anyone, AbortSignal.timeout(UNSEAL_DEADLINE_MS), (now) => !now.sealed && !now.standby);
  };

  await writeCeremony(files, root);
  await mkdir(join(dir, "logs"), { recursive: true, mode: 0o700 });
  await secretFile(files.config, serverConfig({ address, port, clusterPort, kind: program.kind, files }));
  const child = await spawn({
    name: "vault",
    command: program.path,
    args: ["server", `-config=${files.config}`],
    log: join(dir, "logs", "vault.log"),
    ready: (signal) => untilHealthy(anyone, signal, () => true),
    onRestart: unseal,
  });
  rotateAudit(child, files.audit);

  const init = initReply.parse(await anyone.write("sys/init", { secret_shares: 1, secret_threshold: 1 }));
  await secretFile(files.unsealKey, init.keys_base64[0]);
  await unseal();
  const asRoot = connect(init.root_token);
  return {
    address,
    child,
    files,
    asRoot,
    connect,
    unseal,
    async seal() {
      await asRoot.write("sys/seal", {});
    },
    async revokeRoot() {
      await asRoot.write("auth/token/revoke-self", {});
    },
  };
}

/** What the ceremony leaves on disk: public things, and the first server key, which the vault-server agent soon replaces. */
async function writeCeremony(files: ServerFiles, root: Root): Promise<void> {
  await mkdir(dirname(files.ca), { recursive: true, mode: 0o700 });
  // What an earlier lab left there hangs from a root whose key is gone.
  await rm(files.data, { recursive: true, force: true });
  await mkdir(files.data, { recursive: true, mode: 0o700 });
  await writeFile(files.ca, root.certificatePem);
  await writeFile(files.rootCrl, root.crlPem);
  const server = await root.signServer(vaultNames);
  await secretFile(files.tls, server.certificatePem + server.keyPem);
}

async function secretFile(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
}

async function untilHealthy(
  vault: Vault,
  signal: AbortSignal,
  fits: (health: z.infer<typeof healthReply>) => boolean,
): Promise<void> {
  for (;;) {
    const health = await vault.read("sys/health").catch((error: unknown) => {
      if (error instanceof Problem && error.code === "VAULT_DOWN") return null;
      throw error;
    });
    if (health !== null && fits(healthReply.parse(health))) return;
    await delay(POLL_MS, undefined, { signal });
  }
}
