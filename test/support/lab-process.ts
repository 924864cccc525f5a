import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type LabState, readState } from "../../lab/state.ts";
import { type LabStatus, labStatusSchema } from "../../lab/status.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const CLI = join(import.meta.dirname, "../../lab/cli.ts");
const UP_MS = 120_000;

export interface Told {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command of the lab to its end. */
export async function labCommand(args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Told> {
  return new Promise((done) => {
    execFile(process.execPath, [CLI, ...args], { env, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) });
    });
  });
}

/** A folder in which a lab can be made. It is there for the next lab when one went down. */
export async function labFolder(): Promise<AsyncDisposable & { dir: string }> {
  const parent = temporaryFolder();
  const dir = join(await realpath(parent.path), "lab");
  return {
    dir,
    async [Symbol.asyncDispose]() {
      await labCommand(["down", "--dir", dir]);
      parent[Symbol.dispose]();
    },
  };
}

/** A lab in the foreground of a process of its own, tied to this one: it goes down when this process is gone. */
export class LabProcess implements AsyncDisposable {
  dir: string;
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  output = "";

  private constructor(dir: string, child: ChildProcess) {
    this.dir = dir;
    this.process = child;
    this.ended = once(child, "exit").then(([code]) => code as number | null);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += stripVTControlCharacters(text)));
    }
  }

  /** `command`: what runs the lab's command line, where that is another than this user's. */
  static start(dir: string, args: string[] = ["--free-ports"], command = [process.execPath, CLI]): LabProcess {
    return new LabProcess(dir, tied([...command, "up", "--dir", dir, ...args]));
  }

  /** That story's lab, once it is up, in a folder of its own below this one. It goes down when the story is told. */
  static async demo(story: string, parent: string, command = [process.execPath, CLI]): Promise<LabProcess> {
    const lab = new LabProcess(parent, tied([...command, "demo", story], { TMPDIR: parent }));
    try {
      await lab.says("The console is at ");
      const own = (await readdir(parent)).find((name) => name.startsWith("certops-demo-"));
      lab.dir = join(parent, own ?? "", "lab");
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async up(dir: string, args?: string[], command?: string[]): Promise<LabProcess> {
    const lab = LabProcess.start(dir, args, command);
    try {
      await lab.says("The lab is up.");
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Waits until its output holds these words. */
  async says(words: string): Promise<void> {
    const deadline = AbortSignal.timeout(UP_MS);
    const over = this.ended.then((code) => Promise.reject(new Error(`it ended with ${code}:\n${this.output}`)));
    over.catch(() => {});
    while (!this.output.includes(words)) {
      const heard = new AbortController();
      const signal = AbortSignal.any([deadline, heard.signal]);
      const more = [this.process.stdout, this.process.stderr].flatMap((stream) =>
        stream ? [once(stream, "data", { signal })] : [],
      );
      await Promise.race([...more, over]);
      heard.abort();
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.process.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop();
  }
}

function tied([program = "", ...args]: string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(program, args, {
    env: { ...process.env, ...more, CERTOPS_TIED: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** What a lab in this folder wrote of itself, whether it still runs or not. */
export async function stateIn(dir: string): Promise<LabState> {
  const state = await readState(dir);
  if (state === null) throw new Error(`no lab has written its state in ${dir}`);
  return state;
}

/** What `status --json` tells of the lab in this folder. */
export async function statusIn(dir: string): Promise<LabStatus> {
  const { stdout } = await labCommand(["status", "--json", "--dir", dir]);
  return labStatusSchema.parse(JSON.parse(stdout));
}
