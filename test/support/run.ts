import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface Ran {
  code: number | null;
  /** What it printed, both streams in one. */
  output: string;
}

/** Runs a command to its end, with nothing of this process's environment but PATH. */
export async function run(command: string[]): Promise<Ran> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  const [code, out, err] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, output: out + err };
}
