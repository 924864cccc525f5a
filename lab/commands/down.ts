import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../../vault-config/problem.ts";
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
    const swept = await clear(dir);
    progress.begin(owner === null && swept === 0 ? `No lab was up in ${dir}` : "The lab is down: nothing is left");
    return 0;
  },
};

/** Ends what a lab without a supervisor left behind. Returns how many processes there were. */
export async function clear(dir: string): Promise<number> {
  await using lock = await lockFolder(dir);
  if (lock === null) {
    throw new Problem("LAB_STARTING", "Another lab is just being started there.", "Try again in a moment.");
  }
  const swept = await sweep(dir);
  await removeFolder(dir);
  return swept;
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
