import { spawn } from "node:child_process";
import { once } from "node:events";
import { relative, resolve } from "node:path";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { requireRunningLab, runningLab } from "../control-client.ts";
import { runLab } from "../foreground.ts";
import type { LabOptions } from "../lab.ts";
import type { LabPorts, LabState } from "../state.ts";
import { asProblem, paint, type Progress, terminalProgress } from "../terminal.ts";
import { type Command, type CommandInput, chosenFolder, dirOption } from "./command.ts";

/** What a lab that was started detached tells the command that started it. */
const messageSchema = z.union([
  z.object({ begin: z.string() }),
  z.object({ up: z.literal(true) }),
  z.object({ problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }) }),
]);
type Message = z.infer<typeof messageSchema>;

export const up: Command = {
  name: "up",
  summary: "Start the lab and stay with it until Ctrl-C",
  options: {
    ...dirOption,
    detach: { type: "boolean", summary: "leave it running and return once it is ready" },
    "free-ports": { type: "boolean", summary: "take ports that are free instead of the documented ones" },
    vault: { type: "string", summary: "run this bao or vault program" },
  },
  async run(input) {
    const { values } = input;
    const dir = await chosenFolder(input);
    if (process.send !== undefined) return asDetachedChild(await labOptions(dir, input));
    await refuseSecond(dir);
    if (values["detach"] === true) {
      await startDetached(dir, input);
      process.stdout.write(welcome(await requireRunningLab(dir), "npm run lab -- down stops it and leaves nothing behind."));
      return 0;
    }
    return asForeground(await labOptions(dir, input));
  },
};

/** Starts a lab as a process of its own and resolves when it is ready, failing with the problem it met. */
export async function startDetached(dir: string, { values }: CommandInput): Promise<void> {
  const flags = Object.entries(values).flatMap(([name, value]) => {
    if (name === "detach" || name === "dir" || name === "json") return [];
    return typeof value === "string" ? [`--${name}`, value] : [`--${name}`];
  });
  const child = spawn(process.execPath, [resolve(import.meta.dirname, "../cli.ts"), "up", "--dir", dir, ...flags], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const interrupt = () => child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, interrupt);
  using progress = terminalProgress();
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("exit", () => fail(new Problem("LAB_ENDED", "The lab ended before it was ready.", "Try it without --detach.")));
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

async function asDetachedChild(options: LabOptions): Promise<number> {
  const tell = (message: Message) => {
    if (process.connected) process.send?.(message);
  };
  const progress: Progress = { begin: (line) => tell({ begin: line }), [Symbol.dispose]() {} };
  try {
    await runLab(options, { detached: true, progress: () => progress, onUp: () => tell({ up: true }) });
    return 0;
  } catch (error) {
    const { code, message, hint } = asProblem(error);
    tell({ problem: { code, message, hint } });
    return 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}

async function asForeground(options: LabOptions): Promise<number> {
  await runLab(options, {
    detached: false,
    progress: terminalProgress,
    onUp: (state) => void process.stdout.write(welcome(state, "Ctrl-C stops it and leaves nothing behind.")),
  });
  return 0;
}

async function labOptions(dir: string, { values }: CommandInput): Promise<LabOptions> {
  const { vault } = values;
  return {
    dir,
    ports: values["free-ports"] === true ? "free" : "default",
    ...(typeof vault === "string" ? { vaultPath: resolve(vault) } : {}),
  };
}

async function refuseSecond(dir: string): Promise<void> {
  const state = await runningLab(dir);
  if (state === null) return;
  throw new Problem(
    "ALREADY_UP",
    `A lab is up already: ${state.urls.console} (process ${state.supervisor.pid}).`,
    "Stop it with `npm run lab -- down`, or start another beside it with --dir and --free-ports.",
  );
}

function welcome(state: LabState, ending: string): string {
  const [a] = state.instances;
  if (a === undefined) throw new Error("the lab has no instance");
  const root = relative(process.cwd(), state.files.root);
  const address = `${a.serverName}:${a.port}`;
  return `
${paint("green", "The lab is up.")} Open  ${paint(["bold", "cyan"], state.urls.console)}

Try first
  in the console   /cert expiring
                   /cert renew service-b     then approve it as ben
  in a terminal    npm run lab -- case no-client-cert
                   curl --cacert ${root} --resolve ${address}:${a.host} https://${address}/w-mtls

${paint("dim", ending)}
`;
}
