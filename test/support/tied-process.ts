import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { bareEnvironment } from "./bare-environment.ts";

const tie = 'data:text/javascript,process.stdin.on("end",()=>process.kill(process.pid,"SIGKILL")).resume().unref()';

/** Runs a program of ours that ends with its parent, also when the parent is killed: the pipe on its stdin ends then. */
export const tied = (program: string): string[] => [process.execPath, "--import", tie, program];

/** A program of ours as a process of its own, which logs a line of JSON at a time. */
export class TiedProcess<Line> implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly exited: Promise<number | null>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  /** `into`: before the command itself: into a network namespace, for example. */
  constructor(program: string, env: Record<string, string>, into: string[] = []) {
    const [command = "", ...args] = [...into, ...tied(program)];
    const child = spawn(command, args, { env: { ...bareEnvironment(), ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.exited = once(child, "exit").then(([code]) => code as number | null);
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    createInterface(child.stdout).on("line", (line) => {
      this.stdout += `${line}\n`;
      this.lines.push(JSON.parse(line) as Line);
    });
  }

  /** The first log line like that at or after line number `from`; throws once none can come. */
  protected logged(isLike: (line: Line) => boolean, from = 0): Line | undefined {
    const found = this.lines.slice(from).find(isLike);
    if (!found && this.#child.exitCode !== null) throw new Error(`it exited: ${this.stderr}${this.stdout}`);
    return found;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.exited;
  }
}
