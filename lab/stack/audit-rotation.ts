import { rename, stat } from "node:fs/promises";
import type { Child } from "../supervise.ts";

const CHECK_MS = 30_000;
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Keeps a lab that runs all day from filling the disk: agents ask every second, and each request is two lines. A log
 * that has grown too long becomes `<file>.1`, in place of an older one, and Vault is told to open a new one.
 */
export function rotateAudit(vault: Child, file: string): void {
  const timer = setInterval(() => {
    if (vault.state() === "stopped") clearInterval(timer);
    // A log that cannot be moved now is tried again at the next turn.
    else rotateIfLong(vault, file).catch(() => {});
  }, CHECK_MS);
  timer.unref();
}

async function rotateIfLong(vault: Child, file: string): Promise<void> {
  if (vault.pid === null || (await stat(file)).size < MAX_BYTES) return;
  await rename(file, `${file}.1`);
  process.kill(vault.pid, "SIGHUP");
}
