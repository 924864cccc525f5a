import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../../vault-config/problem.ts";
import { join } from "node:path";
import { lockFolder, ownerOf, removeFolder } from "../folder.ts";
import { isRunning, type ProcessIdentity } from "../processes.ts";
import { sweep } from "../sweep.ts";
import { terminalProgress } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

const POLITE_MS = 30_000;
const LOOK_EVERY_MS = 50;

export const down: Command = {
  name: "down",
  summary: "Stop the lab and leave nothing behind: no process, no file, no secret",
  options: dirOption,
  async run(input) {
    const dir = await chosenFolder(input);
    using progress = terminalProgress();
    const owner = await ownerOf(dir);
    if (owner !== null) {
      progress.begin("Stopping the lab");
      await stopSupervisor(owner);
    }
    const { swept, kept } = await clear(dir);
    progress.begin(owner === null && swept === 0 && kept.length === 0 ? `No lab was up in ${dir}` : downTo(dir, kept));
    return 0;
  },
};

/** Ends what a lab without a supervisor left behind: how many processes there were, and whose files are not a lab's. */
export async function clear(dir: string): Promise<{ swept: number; kept: string[] }> {
  await using lock = await lockFolder(dir);
  if (lock === null) {
    throw new Problem("LAB_STARTING", "Another lab is just being started there.", "Try again in a moment.");
  }
  const swept = await sweep(dir);
  return { swept, kept: await removeFolder(dir) };
}

function downTo(dir: string, kept: string[]): string {
  if (kept.length === 0) return "The lab is down: nothing is left";
  return `The lab is down. Kept, for no lab made it: ${kept.map((name) => join(dir, name)).join(", ")}`;
}

/** A supervisor that does not stop in time is ended; what it leaves is swept afterwards. */
async function stopSupervisor(owner: ProcessIdentity): Promise<void> {
  const start = performance.now();
  process.kill(owner.pid, "SIGTERM");
  while (await isRunning(owner)) {
    if (performance.now() - start > POLITE_MS) process.kill(owner.pid, "SIGKILL");
    await delay(LOOK_EVERY_MS);
  }
}
