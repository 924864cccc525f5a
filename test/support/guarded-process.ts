import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { bareEnvironment } from "./bare-environment.ts";
import { type Folder, type LogLine, until } from "./service-process.ts";
import type { Leaf, TestPki } from "./test-pki.ts";

/** Ends it with its parent, also when the parent is killed: the pipe on its stdin ends then. */
const tie = 'data:text/javascript,process.stdin.on("end",()=>process.kill(process.pid,"SIGKILL")).resume().unref()';
const programs = {
  prober: new URL("../../services/firewall/prober-main.ts", import.meta.url).pathname,
  router: new URL("../../services/firewall/router-reader-main.ts", import.meta.url).pathname,
};

/** The name in the bot's certificate. */
export const CALLER = "certops-bot";

export interface GuardedOptions {
  /** Before the command itself: into a network namespace, for example. */
  into?: string[];
  env?: Record<string, string>;
}

/** A prober or the router's reader as a process of its own. Its files are `<kind>.pem` and `ca.pem` in the folder. */
export class GuardedProcess implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  readonly exited: Promise<number | null>;
  stderr = "";
  port = 0;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = once(child, "exit").then(([code]) => code as number | null);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    const { stdout } = child;
    if (stdout) createInterface(stdout).on("line", (line) => this.lines.push(JSON.parse(line) as LogLine));
  }

  static spawn(kind: keyof typeof programs, { into = [], env = {} }: GuardedOptions): GuardedProcess {
    const [command, ...args] = [...into, process.execPath, "--import", tie, programs[kind]];
    return new GuardedProcess(
      spawn(command, args, { env: { ...bareEnvironment(), ...env }, stdio: ["pipe", "pipe", "pipe"] }),
    );
  }

  static async start(
    kind: keyof typeof programs,
    { folder, pki, ...options }: GuardedOptions & { folder: Folder; pki: TestPki },
  ): Promise<GuardedProcess> {
    await folder.replace(`${kind}.pem`, (await guardedLeaf(pki, kind)).identity);
    await folder.replace("ca.pem", pki.root);
    const env = {
      HOST: "127.0.0.1",
      PORT: "0",
      IDENTITY_FILE: folder.at(`${kind}.pem`),
      CA_FILE: folder.at("ca.pem"),
      SERVER_NAME: `${kind}.test`,
      CALLER,
      ...options.env,
    };
    const started = GuardedProcess.spawn(kind, { ...options, env });
    try {
      started.port = Number((await started.line("listening"))["port"]);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  get address(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The first log line of that event at or after line number `from`. */
  line(event: string, from = 0): Promise<LogLine> {
    return until(`a line "${event}"`, async () => {
      const found = this.lines.slice(from).find((line) => line.event === event);
      if (!found && this.#child.exitCode !== null)
        throw new Error(`it exited: ${this.stderr}${JSON.stringify(this.lines)}`);
      return found;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.exited;
  }
}

/** Its own certificate, for where a test reaches it. */
export function guardedLeaf(pki: TestPki, kind: keyof typeof programs): Promise<Leaf> {
  return pki.leaf(`${kind}.test`, { names: ["127.0.0.1"], purposes: ["server"] });
}
