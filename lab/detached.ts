import { spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import type { LabOptions } from "./lab.ts";
import { type LabPorts, portsSchema } from "./state.ts";
import { asProblem, type Progress, terminalProgress } from "./terminal.ts";

const CLI = join(import.meta.dirname, "cli.ts");

/** What a lab that was started detached tells the command that started it. */
const messageSchema = z.union([
  z.object({ begin: z.string() }),
  z.object({ up: z.literal(true) }),
  z.object({ problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }) }),
]);
type Message = z.infer<typeof messageSchema>;

/** How the ports of an earlier lab reach the process that is to take them up. */
const PORTS_VARIABLE = "CERTOPS_LAB_PORTS";

/** Starts a lab as a process of its own and resolves when it is ready, failing with the problem it met. */
export async function startDetached(dir: string, flags: string[], ports?: LabPorts): Promise<void> {
  const child = spawn(process.execPath, [CLI, "up", "--dir", dir, ...flags], {
    detached: true,
    env: { ...process.env, ...(ports === undefined ? {} : { [PORTS_VARIABLE]: JSON.stringify(ports) }) },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const interrupt = () => void child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, interrupt);
  using progress = terminalProgress();
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("exit", () =>
      fail(new Problem("LAB_ENDED", "The lab ended before it was ready.", "Try it without --detach.")),
    );
    child.on("message", (raw) => {
      const message = messageSchema.parse(raw);
      if ("begin" in message) progress.begin(message.begin);
      else if ("up" in message) done();
      else fail(new Problem(message.problem.code, message.problem.message, message.problem.hint));
    });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, interrupt);
  if (child.connected) child.disconnect();
  child.unref();
}

/** The other end of `startDetached`: the process that stays. */
export async function runDetached(options: LabOptions): Promise<number> {
  const tell = (message: Message) => {
    if (process.connected && process.send !== undefined) process.send(message);
  };
  const progress: Progress = { begin: (line) => tell({ begin: line }), [Symbol.dispose]() {} };
  try {
    const { runLab } = await import("./run-lab.ts");
    const ports = process.env[PORTS_VARIABLE];
    const same = ports === undefined ? {} : { ports: portsSchema.parse(JSON.parse(ports)) };
    await runLab({ ...options, ...same }, { detached: true, progress: () => progress, onUp: () => tell({ up: true }) });
    return 0;
  } catch (error) {
    const { code, message, hint } = asProblem(error);
    tell({ problem: { code, message, hint } });
    return 1;
  } finally {
    if (process.connected) process.disconnect?.();
  }
}
