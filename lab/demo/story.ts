import { Problem } from "../../vault-config/problem.ts";
import type { Lab } from "../lab.ts";
import { describeTaken, taken } from "../ports.ts";
import type { Profile } from "../state.ts";
import { leftovers } from "../sweep.ts";
import { asProblem, paint } from "../terminal.ts";
import { stat } from "node:fs/promises";
import { type Message, Workspace } from "./workspace.ts";

/** What the steps of one telling share: each leaves for the next what it needs. */
export interface Scene {
  lab: Lab;
  workspace: Workspace;
  say: (line: string) => void;
  /** The message of what was asked for last, once it is there. */
  request: { id: string; message: Message } | null;
  /** Serials that the instances of service-b served before the renewal. */
  before: Map<string, string>;
}

export interface Step {
  name: string;
  title: string;
  /** Rejects when what it shows is not so. */
  play(scene: Scene): Promise<void>;
}

interface Telling {
  say: (line: string) => void;
  /** Run before the step of that name: how a test breaks the real thing. */
  before?: Record<string, (lab: Lab) => Promise<void>>;
  /** The share of its deadlines that a step waits out for what it is told in Slack; the whole of them when left out. */
  patience?: Record<string, number>;
  /** Ends the telling in mid-step. */
  signal?: AbortSignal;
}

/** The whole story: a lab is opened, its steps are played, and it is taken down without a trace. */
export async function tellStory(
  open: () => Promise<Lab>,
  stepsOf: (profile: readonly Profile[]) => Step[],
  telling: Telling,
): Promise<void> {
  const title = "A real OpenBao, two services of two instances each, the bot and its Slack stand-in";
  await using lab = await played("up", title, telling, open);
  telling.say(`The console is at ${lab.state.urls.console} meanwhile.`);
  await tellSteps(lab, stepsOf(lab.state.profile), telling);
  await telling.before?.["down"]?.(lab);
  await played("down", "Nothing is left: no process, no port, no file, no secret", telling, () => takeDown(lab));
}

/** Plays steps on a lab that is up, and stops at the first that fails, with a `Problem` that names it. */
export async function tellSteps(lab: Lab, steps: Step[], telling: Telling): Promise<void> {
  const workspace = new Workspace(lab.state);
  const scene: Scene = { lab, workspace, say: telling.say, request: null, before: new Map() };
  for (const step of steps) {
    await telling.before?.[step.name]?.(lab);
    workspace.patience = telling.patience?.[step.name] ?? 1;
    await played(step.name, step.title, telling, () => step.play(scene));
  }
}

async function played<T>(name: string, title: string, telling: Telling, play: () => Promise<T>): Promise<T> {
  const { say, signal } = telling;
  const start = performance.now();
  say(`\n${paint(["bold", "cyan"], name)}  ${title}`);
  try {
    const outcome = await Promise.race([play(), interrupted(signal)]);
    say(`${paint("green", "✓")} ${paint("dim", `${((performance.now() - start) / 1_000).toFixed(1)} s`)}`);
    return outcome;
  } catch (error) {
    if (signal?.aborted) throw new Problem("INTERRUPTED", "The demo was interrupted.", "", { cause: error });
    const { message, hint } = asProblem(error);
    throw new Problem("DEMO_FAILED", `step "${name}" failed: ${message}`, hint, { cause: error });
  }
}

async function interrupted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}

async function takeDown(lab: Lab): Promise<void> {
  const { dir, ports, profile } = lab.state;
  await lab[Symbol.asyncDispose]();
  const alive = await leftovers(dir);
  if (alive.length > 0) throw new Error(`processes ${alive.join(", ")} are left`);
  const folder = await stat(dir).catch(() => null);
  if (folder !== null) throw new Error(`${dir} is left`);
  const [held] = await taken(ports, profile);
  if (held !== undefined) throw new Error(await describeTaken(held));
}
