import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../vault-config/problem.ts";
import { compiledFolder } from "./compiled-folder.ts";
import type { Child, ChildSpec, ChildState, Watcher } from "./supervise.ts";

/** Every process of a lab carries this variable, set to the lab's folder: the sweep finds leftovers by it. */
export const MARKER = "CERTOPS_LAB";

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;
const STABLE_AFTER_MS = 30_000;
const READY_MS = 30_000;
const STOP_MS = 8_000;
const QUOTED_LOG_LINES = 6;

/** One process and whatever takes its place: started again when it dies, waiting longer after each failure in a row. */
export class SupervisedChild implements Child {
  readonly #spec: ChildSpec;
  readonly #marker: string;
  readonly #watcher: Watcher;
  readonly #forget: () => void;
  readonly #stopping = new AbortController();
  #process: ChildProcess | null = null;
  #exited: Promise<string> = Promise.resolve("");
  #kept: Promise<void> = Promise.resolve();
  #state: ChildState = "starting";
  #restarts = 0;
  #problem: string | null = null;
  /** Its next end is wanted, and no problem. */
  #restarting = false;

  constructor(spec: ChildSpec, marker: string, watcher: Watcher, forget: () => void) {
    this.#spec = spec;
    this.#marker = marker;
    this.#watcher = watcher;
    this.#forget = forget;
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get problem(): string | null {
    return this.#problem;
  }

  state(): ChildState {
    return this.#state;
  }

  async start(): Promise<void> {
    try {
      await this.#attempt(false);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#kept = this.#keep();
  }

  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async restart(): Promise<void> {
    if (this.#process === null) return;
    this.#restarting = true;
    await this.#end();
    this.#state = "starting";
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
    await this.#kept;
    this.#state = "stopped";
    this.#forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Restarts it for as long as it is wanted, waiting longer after each failure in a row. */
  async #keep(): Promise<void> {
    let failures = 0;
    for (;;) {
      const upSince = performance.now();
      const exit = await this.#exited;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - upSince > STABLE_AFTER_MS) failures = 0;
      const wanted = this.#restarting;
      this.#restarting = false;
      if (!wanted) this.#report(`${this.name} ${exit}`);
      for (let up = false; !up; failures += 1) {
        this.#state = "backoff";
        const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS);
        const pauseMs = wanted && failures === 0 ? 0 : backoffMs;
        await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
        if (this.#stopping.signal.aborted) return;
        this.#restarts += 1;
        try {
          await this.#attempt(true);
          up = true;
        } catch (error) {
          if (this.#stopping.signal.aborted) return;
          this.#watcher.failure(error);
          this.#report(error instanceof Error ? error.message : String(error));
          await this.#end();
        }
      }
    }
  }

  async #attempt(again: boolean): Promise<void> {
    const spec = this.#spec;
    this.#state = "starting";
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(spec.readyMs ?? READY_MS)]);
    await spec.before?.(signal);
    const logStart = await size(spec.log);
    signal.throwIfAborted();
    this.#launch();
    const gone = new AbortController();
    const died = this.#exited.then((exit) => {
      gone.abort();
      throw new Error(exit);
    });
    const becameReady = async () => {
      await spec.ready?.(AbortSignal.any([signal, gone.signal]));
      if (again) await spec.onRestart?.();
    };
    try {
      await Promise.race([died, aborted(signal), becameReady()]);
    } catch (cause) {
      throw await this.#failure(cause, signal, logStart);
    }
    this.#state = "up";
    this.#problem = null;
    if (again) this.#watcher.event(`${this.name} is up again`);
  }

  #launch(): void {
    const spec = this.#spec;
    const log = openSync(spec.log, "a", 0o600);
    try {
      // Its own session: Ctrl-C in the terminal reaches the supervisor alone, which then stops the children in order.
      this.#process = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: { ...inherited(), ...spec.env, [MARKER]: this.#marker },
        stdio: ["ignore", log, log],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    const child = this.#process;
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `stopped with exit code ${code}`),
      );
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    });
    this.#exited.then(() => (this.#process = this.#process === child ? null : this.#process)).catch(() => {});
  }

  async #end(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    const late = AbortSignal.timeout(this.#spec.stopMs ?? STOP_MS);
    await Promise.race([this.#exited, once(late, "abort")]);
    if (this.#process !== child) return;
    child.kill("SIGKILL");
    await this.#exited;
  }

  async #failure(cause: unknown, signal: AbortSignal, logStart: number): Promise<Error> {
    if (this.#stopping.signal.aborted) return new Problem("LAB_STOPPING", `${this.name} was stopped.`, "");
    if (cause instanceof Problem) return cause;
    const what = cause instanceof Error && !signal.aborted ? cause.message : "did not become ready in time";
    const lines = await lastLines(this.#spec.log, logStart);
    return new Problem(
      "CHILD_FAILED",
      `${this.name} ${what}.${lines.length > 0 ? `\n  ${lines.join("\n  ")}` : ""}`,
      `Its log is ${this.#spec.log}`,
      { cause },
    );
  }

  #report(problem: string): void {
    this.#problem = problem;
    this.#watcher.event(problem);
  }
}

function inherited(): Record<string, string> {
  const wanted = ["PATH", "HOME", "LANG", "TZ"].map((name) => [name, process.env[name]] as const);
  const found = Object.fromEntries(wanted.filter((pair): pair is [string, string] => pair[1] !== undefined));
  return { ...found, NODE_COMPILE_CACHE: compiledFolder(process.env) };
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
}

async function size(file: string): Promise<number> {
  return stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
}

async function lastLines(file: string, from: number): Promise<string[]> {
  try {
    await using handle = await open(file, "r");
    const position = Math.max(from, (await handle.stat()).size - 16_384);
    const { buffer, bytesRead } = await handle.read({ position, buffer: Buffer.alloc(16_384) });
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    return lines.filter((line) => line.trim() !== "").slice(-QUOTED_LOG_LINES);
  } catch {
    return [];
  }
}
