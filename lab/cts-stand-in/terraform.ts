import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";

export interface Plan {
  changesPresent: boolean;
  plan: string;
}

const BOOLEANS = ["-lock-timeout=0s", "-lock=true", "-parallelism=10", "-refresh=true"];

const validated = z.object({
  valid: z.boolean(),
  diagnostics: z.array(
    z.object({
      severity: z.string(),
      summary: z.string(),
      detail: z.string().default(""),
      range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).optional(),
      snippet: z.object({ context: z.string().nullable(), code: z.string(), start_line: z.number() }).optional(),
    }),
  ),
});

/** The Terraform of one task: the same commands as CTS, in its folder, in a workspace of the task's name. */
export class Terraform {
  readonly #program: string;
  readonly #folder: string;
  readonly #workspace: string;

  constructor(options: { path: string; folder: string; workspace: string }) {
    this.#program = join(options.path, "terraform");
    this.#folder = options.folder;
    this.#workspace = options.workspace;
  }

  async init(signal: AbortSignal): Promise<void> {
    const init = () =>
      this.#run(
        ["init", "-no-color", "-force-copy", "-input=false", "-backend=true", "-get=true", "-upgrade=false"],
        signal,
      );
    const newWorkspace = () => this.#run(["workspace", "new", "-no-color", this.#workspace], signal);
    try {
      await init();
    } catch (error) {
      // The folder still names a workspace whose state somebody has removed.
      if (!/Failed to select workspace|workspace ".*" does not exist/i.test(String(error))) throw error;
      await newWorkspace();
      await init();
    }
    await newWorkspace().catch((error: unknown) => {
      if (!/Workspace ".+" already exists/.test(String(error))) throw error;
    });
    await this.#run(["workspace", "select", "-no-color", this.#workspace], signal);
  }

  async validate(signal: AbortSignal): Promise<void> {
    const { stdout } = await this.#run(["validate", "-no-color", "-json"], signal, [1]);
    const { valid, diagnostics } = validated.parse(JSON.parse(stdout));
    if (!valid) throw new Error(diagnostics.map((diagnostic) => this.#tell(diagnostic)).join(""));
  }

  async plan(signal: AbortSignal): Promise<Plan> {
    const args = ["plan", "-no-color", "-input=false", "-detailed-exitcode", ...BOOLEANS];
    const { code, stdout } = await this.#run(args, signal, [2]);
    return { changesPresent: code === 2, plan: stdout };
  }

  async apply(signal: AbortSignal): Promise<void> {
    await this.#run(["apply", "-no-color", "-auto-approve", "-input=false", ...BOOLEANS], signal);
  }

  /** An abort kills Terraform on the spot, and leaves alone what Terraform had started: so does CTS. */
  async #run(args: string[], signal: AbortSignal, fine: number[] = []): Promise<{ code: number; stdout: string }> {
    signal.throwIfAborted();
    // When this process is killed, so is Terraform: no run goes on of which nobody knows.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", this.#program, ...args], {
      cwd: this.#folder,
      detached: true,
      env: { ...process.env, TF_IN_AUTOMATION: "1", TF_LOG: "", TF_LOG_PATH: "", TF_WORKSPACE: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill, { once: true });
    try {
      const ended = new Promise<{ code: number | null; killedBy: string | null }>((resolve, reject) => {
        // Not "close": a provisioner that lives on keeps the pipes open.
        child.once("exit", (code, killedBy) => resolve({ code, killedBy })).once("error", reject);
      });
      const printed = Promise.all([text(child.stdout), text(child.stderr)]);
      const { code, killedBy } = await ended;
      if (code === null) {
        child.stdout.destroy();
        child.stderr.destroy();
        await printed.catch(() => {});
        throw new Error(`signal: ${killedBy === "SIGKILL" ? "killed" : killedBy}`);
      }
      const [stdout, stderr] = await printed;
      if (code === 0 || fine.includes(code)) return { code, stdout };
      throw new Error(inWords(code, stderr));
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }

  #tell({ severity, summary, detail, range, snippet }: z.infer<typeof validated>["diagnostics"][number]): string {
    if (detail === 'An argument named "services" is not expected here.') {
      return `\nmodule for task "${this.#workspace}" is missing the "services" variable\n`;
    }
    const place =
      range && snippet
        ? `\non ${range.filename} line ${range.start.line}${snippet.context === null ? "" : `, in ${snippet.context}`}\n${snippet.start_line}:${snippet.code}\n\n`
        : "";
    return `\n${severity}: ${summary}\n${place}${detail}\n`;
  }
}

/** How CTS tells that Terraform failed. */
function inWords(code: number, stderr: string): string {
  if (stderr.trim() === "") return `exit status ${code}`;
  const [, missing] = /The root module input variable\s"(.+)"\sis\snot\sset,\sand\shas\sno\sdefault/.exec(stderr) ?? [];
  if (missing !== undefined) return `variable ${JSON.stringify(missing)} was required but not supplied`;
  const [lock] = /Lock Info:\n(?:\s+\w+:[^\n]*\n)+/.exec(stderr) ?? [];
  if (lock !== undefined) return `error acquiring the state lock: ${lock}`;
  return `exit status ${code}\n${stderr}`;
}
