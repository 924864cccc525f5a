import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import { ownerOf } from "./folder.ts";
import { isRunning } from "./processes.ts";
import { type LabState, readState } from "./state.ts";
import { leftovers } from "./sweep.ts";
import { askSocket } from "./unix-http.ts";

const problemSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

/** The state of the lab that runs in `dir`, or null when none is up there. */
export async function runningLab(dir: string): Promise<LabState | null> {
  const state = await readState(dir);
  return state !== null && (await isRunning(state.supervisor)) ? state : null;
}

/** As `runningLab`, but refuses with a `Problem` when none is up. */
export async function requireRunningLab(dir: string): Promise<LabState> {
  const state = await runningLab(dir);
  if (state === null) throw await noLab(dir);
  return state;
}

async function noLab(dir: string): Promise<Problem> {
  const owner = await ownerOf(dir);
  if (owner !== null) {
    return new Problem("LAB_STARTING", `Process ${owner.pid} is still starting the lab in ${dir}.`, "Wait for it.");
  }
  const left = await leftovers(dir);
  if (left.length === 0) return new Problem("NO_LAB", `No lab is up in ${dir}.`, "Start one: npm start");
  const dead = (await readState(dir))?.supervisor.pid;
  return new Problem(
    "NO_SUPERVISOR",
    `The lab in ${dir} lost its supervisor${dead === undefined ? "" : ` (process ${dead})`}; ${left.length} of its processes still run.`,
    "`npm run lab -- down` clears them.",
  );
}

/** Asks the supervisor of a running lab; its refusals come back as the `Problem`s they were. */
export async function askLab(
  state: Pick<LabState, "files">,
  request: { method: "GET" | "POST"; path: string },
  deadlineMs = 5_000,
): Promise<unknown> {
  const { status, body } = await askSocket(state.files.control, request, deadlineMs).catch((cause: unknown) => {
    throw new Problem("LAB_SILENT", "The lab's supervisor does not answer.", "Stop it: npm run lab -- down", { cause });
  });
  if (status === 200) return body;
  const { code, message, hint } = problemSchema.parse(body);
  throw new Problem(code, message, hint);
}
