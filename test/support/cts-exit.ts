import { spawn } from "node:child_process";
import { once } from "node:events";
import { ctsCommand, type CtsFile, writeCtsFile } from "./cts.ts";

const END_MS = 20_000;

/** Runs a command to its end, and gives its exit code. */
export async function exitOf({ command, args }: ReturnType<typeof ctsCommand>, home: string): Promise<number | null> {
  const env = { PATH: process.env["PATH"], HOME: home, CHECKPOINT_DISABLE: "1" };
  const child = spawn(command, args, { env, stdio: "ignore", timeout: END_MS });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

/** The exit code of a CTS that is started with this and does not stay. */
export function exitWith(file: CtsFile): Promise<number | null> {
  return exitOf(ctsCommand(writeCtsFile(file)), file.dir);
}
