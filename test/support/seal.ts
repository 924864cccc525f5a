import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { Supervisor } from "../../lab/supervise.ts";
import { connectVault } from "../../vault-config/vault.ts";
import { childOf } from "./child-of.ts";

const START_MS = 20_000;

/**
 * Has a lab's Vault start anew with nobody there to unseal it: the only way to see it sealed, for nobody may seal it once
 * its root token is gone. Disposing ends it.
 */
export async function restartSealed(lab: Lab): Promise<AsyncDisposable & { unseal(): Promise<void> }> {
  const { dir, urls, files, programs } = lab.state;
  await childOf(lab, "vault").stop();
  const anyone = connectVault({ address: urls.vault, ca: await readFile(files.root, "utf8") });
  const health = async () => (await anyone.read("sys/health").catch(() => null)) ?? {};
  await using owned = new AsyncDisposableStack();
  const supervisor = owned.use(new Supervisor({ marker: dir }));
  await supervisor.spawn({
    name: "vault",
    command: programs.vault.path,
    args: ["server", `-config=${join(dir, "vault", "server.hcl")}`],
    log: join(dir, "logs", "vault.log"),
    async ready(signal) {
      await eventually("a sealed Vault", async () => (await health())["sealed"] === true || null, signal);
    },
  });
  const kept = owned.move();
  return {
    async unseal() {
      await anyone.write("sys/unseal", { key: await readFile(join(dir, "vault", "unseal.key"), "utf8") });
      const active = async () => (await health())["standby"] === false || null;
      await eventually("an active Vault", active, AbortSignal.timeout(START_MS));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
