import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../vault-config/problem.ts";
import { botSpec, holdRenewals } from "./bot.ts";
import { writeBotConfig } from "./bot-config.ts";
import { runCase } from "./cases/run.ts";
import { startConsole } from "./console/server.ts";
import { type ConsoleControl, startControl } from "./control.ts";
import { lockFolder, makeFolder, ownerOf, removeFolder, requireUsable } from "./folder.ts";
import { serviceSpec } from "./instances.ts";
import { newState } from "./new-state.ts";
import type { OwnSlack } from "./own-slack.ts";
import { outsideSpec, sampleTraffic } from "./outside.ts";
import { defaultPorts, requireFree, reserveFreePorts } from "./ports.ts";
import { openbao } from "./stack/program.ts";
import { standInSpec } from "./stand-in.ts";
import { type LabPorts, type LabState, writeState } from "./state.ts";
import { gatherStatus } from "./status.ts";
import { type Child, Supervisor } from "./supervise.ts";
import { sweep } from "./sweep.ts";
import { agentOf, type Ground, startGround } from "./ground.ts";

export interface LabOptions {
  /** The lab's own folder, in its canonical spelling; it is made afresh and removed in the end. */
  dir: string;
  /** The documented ports, a block of free ones, or those of an earlier lab. */
  ports: "default" | "free" | LabPorts;
  /** A bao or vault program to run in place of the one that is found. */
  vaultPath?: string;
  detached?: boolean;
  /** The bot joins it; the stand-in serves otherwise. */
  ownSlack?: OwnSlack;
  /** Ends a start that is under way. */
  signal?: AbortSignal;
  /** Called with what begins. */
  onProgress?: (line: string) => void;
  /** Called when somebody asks through the control socket to start anew. */
  onReset?: () => void;
  editBotConfig?: (config: Record<string, unknown>) => Record<string, unknown>;
}

/** A lab that is up. Disposing takes it down and leaves nothing behind. */
export interface Lab extends AsyncDisposable {
  state: LabState;
  children(): readonly Child[];
  control: ConsoleControl;
}

/** Brings up the default profile and resolves when all of it is ready. Fails with a `Problem`, having left nothing behind. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { dir, ownSlack, signal = new AbortController().signal, onProgress = () => {} } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(await claim(dir));
  await requireUsable(dir);
  await sweep(dir);
  const ports = await choosePorts(options.ports, stack);
  onProgress("Finding OpenBao");
  const program = await openbao({
    onProgress,
    signal,
    ...(options.vaultPath === undefined ? {} : { path: options.vaultPath }),
  });
  await makeFolder(dir);
  stack.defer(async () => {
    const kept = await removeFolder(dir);
    if (kept.length > 0) onProgress(`Kept in ${dir}, for no lab made it: ${kept.join(", ")}`);
  });
  stack.defer(async () => void (await sweep(dir)));

  const state = await newState({
    dir,
    ports,
    detached: options.detached ?? false,
    ownSlack: ownSlack !== undefined,
    vault: program,
  });
  const events = join(dir, "logs", "supervisor.log");
  const onEvent = (line: string) => void appendFile(events, `${new Date().toISOString()} ${line}\n`).catch(() => {});
  const alarms: string[] = [];
  const failure = (error: unknown) => {
    if (error instanceof Problem && error.code === "WRAP_ALREADY_OPENED") alarms.push(`${error.message} ${error.hint}`);
  };
  const supervisor = stack.use(new Supervisor({ marker: dir, signal, watcher: { event: onEvent, failure } }));

  const ground = stack.use(await startGround({ state, program, supervisor, ownSlack, onProgress, onEvent }));
  onProgress("Starting the services, the bot and the Slack stand-in");
  const standIn = supervisor.spawn(await standInSpec(state));
  await writeBotConfig(state, ownSlack, options.editBotConfig);
  await Promise.all([
    startBot(supervisor, ground, state, standIn),
    ...state.instances.map(async (instance) => {
      await ground.startAgent(instance);
      await supervisor.spawn(serviceSpec(state, instance));
    }),
  ]);
  await supervisor.spawn(outsideSpec(state));

  onProgress("Opening the console");
  const control = controlOf(state, supervisor, ground, alarms);
  stack.use(await startConsole({ port: ports.console, control, state }));
  await writeState(state);
  stack.use(await startControl({ socket: state.files.control, control, onReset: options.onReset ?? (() => {}) }));
  const owned = stack.move();
  return {
    state,
    control,
    children: () => supervisor.children,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function claim(dir: string): Promise<AsyncDisposable> {
  const lock = await lockFolder(dir);
  if (lock !== null) return lock;
  const owner = await ownerOf(dir);
  throw new Problem(
    "LAB_LOCKED",
    `A lab is being started or stopped in ${dir}${owner === null ? "" : ` by process ${owner.pid}`}.`,
    "Wait for it, or stop it with `npm run lab -- down`.",
  );
}

async function choosePorts(wanted: LabOptions["ports"], stack: AsyncDisposableStack): Promise<LabPorts> {
  if (wanted === "free") {
    const { ports, reservation } = await reserveFreePorts();
    stack.use(reservation);
    return ports;
  }
  const ports = wanted === "default" ? defaultPorts : wanted;
  await requireFree(ports);
  return ports;
}

async function startBot(supervisor: Supervisor, ground: Ground, state: LabState, standIn: Promise<Child>) {
  await Promise.all([ground.startBotAgent(), standIn]);
  await supervisor.spawn(botSpec(state));
}

function controlOf(state: LabState, supervisor: Supervisor, ground: Ground, alarms: string[]): ConsoleControl {
  let busy: string | null = null;
  const child = (name: string) => {
    const found = supervisor.children.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Problem("CHILD_MISSING", `${name} does not run.`, "npm run lab -- status");
    return found;
  };
  const alone = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (busy !== null) throw new Problem("LAB_BUSY", `The lab is busy with ${busy}.`, "Try again when it is done.");
    busy = what;
    try {
      return await work();
    } finally {
      busy = null;
    }
  };
  const services = [...new Set(state.instances.map(({ service }) => service))];
  const traffic = () => sampleTraffic(state);
  return {
    traffic,
    status: () =>
      gatherStatus({ state, alarms, children: supervisor.children, vaultProblem: () => ground.vaultProblem() }),
    rotate: (service) => alone(`rotating ${service}`, () => ground.rotate(service)),
    runCase: (name) =>
      alone(`the case ${name}`, () =>
        runCase(name, {
          state,
          child,
          traffic,
          agentOf,
          hold: (reason) => holdRenewals(state, services, reason),
          issueShortLeaf: (instance) => ground.issueShortLeaf(instance),
          async replace(spec) {
            await child(spec.name).stop();
            await supervisor.spawn(spec);
          },
        }),
      ),
  };
}
