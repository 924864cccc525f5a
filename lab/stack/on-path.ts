import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ANSWER_MS = 10_000;

/** The first executable of this name, as a shell would find it. */
export async function executableOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "")) {
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return null;
}

/** What a program prints when asked for its version; null when it does not answer. */
export async function answerOf(path: string, args: string[]): Promise<string | null> {
  // Terraform would first ask its maker over the network whether there is a newer one.
  const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
  const answer = await run(path, args, { env, timeout: ANSWER_MS }).catch(() => null);
  return answer?.stdout ?? null;
}
