import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { bareEnvironment } from "./bare-environment.ts";

const program = resolve(import.meta.dirname, "../../bot/cli.ts");

/** Runs `certops` to its end. */
export async function certops(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...bareEnvironment(), ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number];
  return { status, stdout, stderr };
}
