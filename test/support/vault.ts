import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reserveFreePorts } from "../../lab/ports.ts";
import { openbao, type VaultProgram } from "../../lab/stack/program.ts";
import { startVault, type VaultServer } from "../../lab/stack/vault-server.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { type Applied, apply, type ApplyOptions } from "../../vault-config/apply.ts";
import { createRoot, type Root } from "../../vault-config/ceremony.ts";
import { desiredObjects } from "../../vault-config/desired.ts";
import type { VaultObject } from "../../vault-config/objects.ts";

/** A real Vault of a test's own, on free ports, in a folder under the system's temporary one. */
export interface TestVault extends AsyncDisposable {
  readonly dir: string;
  readonly program: VaultProgram;
  readonly root: Root;
  readonly server: VaultServer;
  readonly supervisor: Supervisor;
  /** What `applyAll` brings it to: the lab's profile. */
  readonly desired: VaultObject[];
  applyAll(options?: Partial<ApplyOptions>): Promise<Applied>;
}

/** Starts it unsealed, its root token in hand, with nothing configured. */
export async function startTestVault(): Promise<TestVault> {
  await using owned = new AsyncDisposableStack();
  const program = await openbao();
  const { path: dir } = owned.use(await mkdtempDisposable(join(tmpdir(), "certops-vault-")));
  const { ports, reservation } = await reserveFreePorts(["default"]);
  owned.use(reservation);
  const supervisor = owned.use(new Supervisor({ marker: dir }));
  const root = await createRoot(Date.now);
  const server = await startVault({
    dir,
    port: ports.vault,
    clusterPort: ports.vaultCluster,
    program,
    root,
    spawn: supervisor.spawn,
  });
  const desired = desiredObjects({ address: server.address, lab: true, auditFile: server.files.audit });
  const kept = owned.move();
  return {
    dir,
    program,
    root,
    server,
    supervisor,
    desired,
    applyAll: (options = {}) =>
      apply({ vault: server.asRoot, desired, sign: (csr) => root.signIntermediate(csr), now: Date.now(), ...options }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Ends the process as a crash would: its supervisor is to start it again. */
export function crash({ name, pid }: Child): void {
  if (pid === null) throw new Error(`${name} does not run`);
  process.kill(pid, "SIGKILL");
}
