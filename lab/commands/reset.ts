import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../../vault-config/problem.ts";
import { askLab, runningLab } from "../control-client.ts";
import { requireUsable } from "../folder.ts";
import { isRunning } from "../processes.ts";
import { startDetached } from "../detached.ts";
import { type LabPorts, type LabState, readState } from "../state.ts";
import { terminalProgress } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";
import { clear } from "./down.ts";
import { profileFlags } from "./profile.ts";

const DEADLINE_MS = 120_000;
const LOOK_EVERY_MS = 100;

export const reset: Command = {
  name: "reset",
  summary: "Take the lab down and bring the same lab up, new from the ground",
  options: dirOption,
  async run(input) {
    const dir = await chosenFolder(input);
    const before = await runningLab(dir);
    // What would keep it from coming up again is told before it goes down.
    await requireUsable(dir);
    if (before === null) {
      const { flags, ports } = await asTheDeadWas(dir);
      await clear(dir);
      await startDetached(dir, flags, ports);
    } else {
      using progress = terminalProgress();
      progress.begin("Starting the lab anew");
      await askLab(before, { method: "POST", path: "/reset" });
      await waitForAnother(before);
    }
    const after = await runningLab(dir);
    process.stdout.write(`The lab is up anew: ${after?.urls.console}\n`);
    if (before === null) process.stdout.write("It runs detached now: `npm run lab -- down` stops it.\n");
    return 0;
  },
};

/** A lab whose supervisor was killed comes back as it was, its addresses too: its state tells how that was. */
async function asTheDeadWas(dir: string): Promise<{ flags: string[]; ports?: LabPorts }> {
  const state = await readState(dir);
  if (state === null) return { flags: [] };
  return {
    flags: ["--vault", state.programs.vault.path, ...profileFlags(state), ...(state.stepUp ? ["--step-up"] : [])],
    ports: state.ports,
  };
}

/** The supervisor takes its lab down and up again itself, so that it stays where it is: in its terminal, or detached. */
async function waitForAnother(before: LabState): Promise<void> {
  const start = performance.now();
  for (;;) {
    const now = await runningLab(before.dir);
    if (now !== null && now.id !== before.id) return;
    const gone = now === null && !(await isRunning(before.supervisor));
    if (gone || performance.now() - start > DEADLINE_MS) {
      throw new Problem(
        "RESET_FAILED",
        "The lab did not come up again.",
        "Start it in this terminal to see why: npm start",
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}
